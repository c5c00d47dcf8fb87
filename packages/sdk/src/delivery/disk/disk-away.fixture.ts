import { setTimeout as elapsed } from "node:timers/promises";
import { Tracer } from "../../recording/tracer.ts";
import { DiskSeam, hastyClock } from "./disk-seam.fixture.ts";

/**
 * The program of the test that kills a process whose disk was away and came back, with the directory as its argument. It says how its flush to
 * disk ended while the disk was away, and when it was back.
 */
const directory = process.argv[2]!;
const SPANS = 300;

const seam = new DiskSeam();
seam.failWith = (name) => (name === "open" || name === "write" ? "ENOSPC" : undefined);
const tracer = new Tracer({
  exporters: [{ name: "back end", export: async () => ({ kind: "busy", reason: "503" }) }],
  spool: { directory },
  clock: hastyClock,
});
const say = async (when: string) => {
  const { ok } = await tracer.flush({ until: "spooled", timeoutMs: 9_000 });
  const { mode } = tracer.stats();
  process.stdout.write(`${JSON.stringify({ when, ok, mode })}\n`);
};

const trace = tracer.startTrace();
trace.startSpan("open");
for (let i = 0; i < SPANS; i++) trace.startSpan(`span ${i}`, { input: { question: `question ${i}` } }).end();
while (tracer.stats().mode === "spool") await elapsed(5);
await say("away");
seam.failWith = () => undefined;
while (tracer.stats().mode === "memory") await elapsed(5);
await say("back");
await elapsed(60_000);
