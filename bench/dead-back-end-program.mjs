/** A process of `dead-back-end.ts`: `SPANS PACE PROMPT [SPOOL_DIRECTORY]`. Says what it held. */
import { setTimeout as elapsed } from "node:timers/promises";
import { SgpExporter, Tracer } from "../packages/sdk/dist/index.js";

const [spans, pace, prompt, directory] = process.argv.slice(2);
const PROMPT = Buffer.from("You are a careful agent. ".repeat(2_000));
const SHARED = PROMPT.toString("latin1");
const SPANS_PER_TURN = 25;
const TURN_MS = 5;
const WATCHED_MS = 5_000;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const exporter = new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl: "http://127.0.0.1:9" });
const tracer = new Tracer({ exporters: [exporter], logger: quiet, ...(directory ? { spool: { directory } } : {}) });

const startBytes = process.memoryUsage.rss();
let peakBytes = startBytes;
const watch = () => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
};
setInterval(watch, 20).unref();

for (let made = 0; made < Number(spans); made++) {
  const system = prompt === "built" ? PROMPT.toString("latin1") : SHARED;
  const messages = [
    { role: "system", content: system },
    { role: "user", content: `question ${made}` },
  ];
  const span = tracer.startTrace().startSpan("llm", { input: { messages } });
  span.output = { role: "assistant", content: `answer ${made}` };
  span.end();
  if (pace === "paced" && made % SPANS_PER_TURN === 0) await elapsed(TURN_MS);
}
watch();
await elapsed(WATCHED_MS);
const { pending } = tracer.stats().lanes.sgp;
console.log(JSON.stringify({ startBytes, peakBytes, pending: pending.queued + pending.spooled + pending.inFlight }));
process.exit();
