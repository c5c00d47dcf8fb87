/** An OpenTelemetry program that knows nothing of Everspan. EXPORTER chooses the form; the rest is the environment's. */
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const exporter = process.env.EXPORTER === "json" ? new JsonExporter() : new ProtoExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
provider.register();
const tracer = trace.getTracer("program", "1.0.0");
tracer.startActiveSpan("agent", (agent) => {
  tracer.startActiveSpan("chat gpt-5", { kind: SpanKind.CLIENT }, (chat) => {
    chat.setAttributes({
      "gen_ai.operation.name": "chat",
      "gen_ai.response.model": "gpt-5",
      "gen_ai.usage.input_tokens": 40,
      "gen_ai.usage.output_tokens": 12,
      "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "hi ☃" }] }]),
      "gen_ai.output.messages": JSON.stringify([
        { role: "assistant", parts: [{ type: "text", content: "hello" }], finish_reason: "stop" },
      ]),
    });
    chat.recordException(new RangeError("first"));
    chat.recordException(new TypeError("second"));
    chat.setStatus({ code: SpanStatusCode.ERROR, message: "it failed" });
    chat.end();
  });
  agent.end();
});
await provider.shutdown();
