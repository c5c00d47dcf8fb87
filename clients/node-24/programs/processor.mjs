/** A program on the newest OpenTelemetry JS with Everspan's span processor. Prints what Everspan recorded. */
import { trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { MemoryExporter, Tracer } from "everspan";
import { everspanSpanProcessor } from "everspan/otel";

const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
const sdk = new NodeSDK({ spanProcessors: [everspanSpanProcessor({ tracer })], instrumentations: [] });
sdk.start();
const otel = trace.getTracer("http", "1.0.0");
otel.startActiveSpan("GET /health", (span) => span.end());
await otel.startActiveSpan("POST /ask", async (server) => {
  await tracer.span("turn", async () => {
    await null;
    otel.startActiveSpan("chat", { attributes: { "gen_ai.operation.name": "chat" } }, (chat) => {
      tracer.startSpan("inner").end();
      chat.end();
    });
  });
  server.end();
});
await sdk.shutdown();
console.log(JSON.stringify(memory.spans()));
