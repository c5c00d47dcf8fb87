/**
 * A program that records spans and tells its parent about them by IPC. Commands: `record N`, `flush`, `stats`,
 * `collect garbage`, `worker`, `end`.
 */
import { Worker } from "node:worker_threads";
import { SgpExporter, Tracer } from "everspan";

const exporter = new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: process.env.BACKEND_URL });
const tracer = new Tracer({
  exporters: [exporter],
  batch: { lingerMs: 5 },
  delivery: { attemptTimeoutMs: Number(process.env.ATTEMPT_TIMEOUT_MS ?? 10_000) },
});

const commands = {
  record(count) {
    const trace = tracer.startTrace();
    for (let i = 0; i < count; i++) trace.startSpan(`${process.pid} ${i}`, { input: { i } }).end();
    return count;
  },
  flush: () => tracer.flush(),
  stats: () => tracer.stats(),
  /** For `STANDSTILL_MS` at least, whatever the machine makes of the megabytes. */
  "collect garbage"(megabytes) {
    const endMs = performance.now() + Number(process.env.STANDSTILL_MS ?? 0);
    const heap = [];
    for (let i = 0; i < megabytes * 8; i++) heap.push(Array.from({ length: 1_000 }, (_, n) => ({ n })));
    do globalThis.gc();
    while (performance.now() < endMs);
    return heap.length;
  },
  worker: (count) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("worker-agent.mjs", import.meta.url), { workerData: { count } });
      worker.once("message", resolve);
      worker.once("error", reject);
    }),
  end: () => tracer.shutdown(),
};

process.on("message", async ({ id, command, argument }) => {
  const answer = await commands[command](argument);
  process.send({ id, answer }, () => {
    if (command === "end") process.disconnect();
  });
});
process.send({ id: 0, answer: "ready" });
