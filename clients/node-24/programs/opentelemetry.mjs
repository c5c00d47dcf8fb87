/** A program on the newest OpenTelemetry JS. Nothing but its environment says where its spans go. */
import { SpanKind, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK();
sdk.start();
const tracer = trace.getTracer("program", "1.0.0");
tracer.startActiveSpan("agent", (agent) => {
  tracer.startActiveSpan("chat gpt-5", { kind: SpanKind.CLIENT }, (chat) => {
    chat.setAttributes({
      "gen_ai.operation.name": "chat",
      "gen_ai.conversation.id": "conversation-1",
      "gen_ai.response.model": "gpt-5",
      "gen_ai.usage.input_tokens": 40,
      "gen_ai.usage.output_tokens": 12,
      "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "hi ☃" }] }]),
      "gen_ai.output.messages": JSON.stringify([
        { role: "assistant", parts: [{ type: "text", content: "hello" }], finish_reason: "stop" },
      ]),
    });
    chat.end();
  });
  agent.end();
});
await sdk.shutdown();
