import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OtlpExporter } from "../../exporters/otlp/exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import { drainOnExit } from "./index.ts";

/** The program of the test of a signal while the back end answers nothing: it says `waiting` once a request is there. */
const server = createServer(() => process.stdout.write("waiting\n"));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const hours = 3_600_000;
const tracer = new Tracer({
  exporters: [new OtlpExporter({ endpoint })],
  batch: { lingerMs: 0 },
  delivery: { attemptTimeoutMs: hours, deliveryTimeoutMs: hours },
});
drainOnExit(tracer, { timeoutMs: 50 });
tracer.startTrace().startSpan("work").end();
