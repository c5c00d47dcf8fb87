import { parentPort, workerData } from "node:worker_threads";
import { Tracer } from "../../recording/tracer.ts";

/** The program of a worker thread that is terminated: its back end never answers, and what it recorded is on disk. */
const { directory } = workerData as { readonly directory: string };

const tracer = new Tracer({
  exporters: [{ name: "back end", export: () => new Promise(() => {}) }],
  spool: { directory },
});
const trace = tracer.startTrace();
for (const name of ["a", "b"]) trace.startSpan(name).end();
trace.startSpan("open");
const { ok } = await tracer.flush({ until: "spooled" });
parentPort?.postMessage(ok);
setInterval(() => undefined, 60_000);
