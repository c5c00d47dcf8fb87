/** The SDK in a worker thread: a tracer, a queue and an account of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { SgpExporter, Tracer } from "everspan";

const exporter = new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: process.env.BACKEND_URL });
const tracer = new Tracer({ exporters: [exporter] });
for (let i = 0; i < workerData.count; i++) tracer.span(`worker ${i}`, () => i);
parentPort.postMessage(await tracer.shutdown());
