/** The tracing of OpenAI's Agents SDK with its own exporter. The exporter takes its address as an option only. */
import {
  BatchTraceProcessor,
  getGlobalTraceProvider,
  setTraceProcessors,
  withCustomSpan,
  withGenerationSpan,
  withTrace,
} from "@openai/agents";
import { OpenAITracingExporter } from "@openai/agents-openai";

const exporter = new OpenAITracingExporter({ endpoint: process.env.TRACES_ENDPOINT, apiKey: "key" });
setTraceProcessors([new BatchTraceProcessor(exporter)]);
await withTrace("Support", async () => {
  await withCustomSpan(
    async () => {
      await withGenerationSpan(
        async (span) => {
          span.spanData.output = [{ role: "assistant", content: "hello" }];
          span.spanData.usage = { input_tokens: 20, output_tokens: 5 };
        },
        { data: { model: "gpt-4o", input: [{ role: "user", content: "hi ☃" }] } },
      );
    },
    { data: { name: "work", data: {} } },
  );
});
await getGlobalTraceProvider().forceFlush();
await getGlobalTraceProvider().shutdown();
