/** A program on the AI SDK 5 with its own telemetry. CALL names the run; MAPPER=openinference adds Arize's mapper. */

import { createOpenAI } from "@ai-sdk/openai-5";
import { OpenInferenceBatchSpanProcessor } from "@arizeai/openinference-vercel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, stepCountIs, streamText, tool } from "ai-5";
import { z } from "zod/v4";

const { CALL, MAPPER, PROVIDER_URL } = process.env;
const exporter = new OTLPTraceExporter();
const provider = new NodeTracerProvider({
  spanProcessors: [
    MAPPER === undefined ? new BatchSpanProcessor(exporter) : new OpenInferenceBatchSpanProcessor({ exporter }),
  ],
});
provider.register();

const openai = createOpenAI({ apiKey: "key", baseURL: `${PROVIDER_URL}/${CALL}/v1` });
const metadata = { sessionId: "sess-ai", userId: "user-ai", tags: ["x"] };
const experimental_telemetry = { isEnabled: true, functionId: "my-fn", metadata };
const model = openai("gpt-4o-mini");
const settings = { model, experimental_telemetry, maxRetries: 0 };

const calculate = tool({
  description: "calc",
  inputSchema: z.object({ operation: z.string(), a: z.number(), b: z.number() }).loose(),
  execute: ({ a, b }) => ({ result: a + b, big: "done" }),
});

const RUNS = {
  "ai-sdk-tools": () =>
    generateText({
      ...settings,
      system: "You are a calculator",
      prompt: "Calculate 5 + 3 using the calculator tool",
      tools: { calculate },
      stopWhen: stepCountIs(3),
    }),
  "openai-responses-cached": () => generateText({ ...settings, prompt: "Which river runs through Bern? ☃" }),
  "ai-sdk-stream-text": async () => {
    const { textStream } = streamText({ ...settings, prompt: "Write a short poem about the Aare" });
    for await (const _piece of textStream);
  },
  "ai-sdk-embed": () =>
    embed({ model: openai.textEmbedding("text-embedding-3-small"), value: "hello", experimental_telemetry }),
  "openai-error": () => generateText({ ...settings, prompt: "hi" }).catch(() => {}),
};
await RUNS[CALL]();
await provider.shutdown();
