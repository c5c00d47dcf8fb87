import { tailSampling } from "../processors/index.ts";
import { Tracer } from "../recording/tracer.ts";

/**
 * The program of the tests of what becomes of held traces when a process ends: `HOW [DIRECTORY]`. It holds one trace with
 * two spans, one of them open, and ends by itself, by `process.exit`, or waits to be killed.
 */
const [how, directory] = process.argv.slice(2);

const arrived: string[] = [];
const tracer = new Tracer({
  exporters: [
    {
      name: "back end",
      export: async (batch) => {
        arrived.push(...batch.map(({ name }) => name));
        return { kind: "delivered" };
      },
    },
  ],
  batch: { lingerMs: 60_000 },
  tailSampling: tailSampling(),
  ...(directory === undefined ? {} : { spool: { directory } }),
});

const trace = tracer.startTrace();
const root = trace.startSpan("root");
trace.startSpan("child", { parentId: root.id }).end();
if (directory !== undefined) await tracer.flush({ until: "spooled" });
const { created, pending } = tracer.stats().lanes["back end"]!;
process.stdout.write(`${JSON.stringify({ created, queued: pending.queued })}\n`);
process.on("exit", () => process.stdout.write(`${JSON.stringify({ arrived })}\n`));
if (how === "exit") process.exit();
if (how === "wait") setInterval(() => undefined, 1_000);
