/** A program traced with Langfuse's newer client, which sends OTLP. */
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startActiveObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const processor = new LangfuseSpanProcessor();
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
await startActiveObservation("agent-run", async (agent) => {
  agent.update({ input: "hi ☃" });
  const generation = agent.startObservation(
    "llm-call",
    { model: "gpt-4o", input: [{ role: "user", content: "hi ☃" }] },
    { asType: "generation" },
  );
  generation.update({ output: { role: "assistant", content: "hello" }, usageDetails: { input: 20, output: 5 } });
  generation.end();
});
await provider.shutdown();
