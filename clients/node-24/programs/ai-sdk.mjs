/**
 * A program on the AI SDK 7 with its own telemetry. CALL names the run; LEGACY=1 asks for the attributes of earlier
 * majors; DEVTOOLS=1 for its DevTools' file, in the working directory, instead.
 */
import { DevToolsTelemetry } from "@ai-sdk/devtools";
import { createOpenAI } from "@ai-sdk/openai";
import { LegacyOpenTelemetry, OpenTelemetry } from "@ai-sdk/otel";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { embed, generateText, registerTelemetry, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const { CALL, DEVTOOLS, LEGACY, PROVIDER_URL } = process.env;
const sdk = new NodeSDK();
sdk.start();
if (DEVTOOLS === undefined) registerTelemetry(LEGACY === undefined ? new OpenTelemetry() : new LegacyOpenTelemetry());
else registerTelemetry(DevToolsTelemetry());

const openai = createOpenAI({ apiKey: "key", baseURL: `${PROVIDER_URL}/${CALL}/v1` });
const settings = { model: openai("gpt-4o-mini"), telemetry: { functionId: "my-fn" }, maxRetries: 0 };

const calculate = tool({
  description: "calc",
  inputSchema: z.object({ operation: z.string(), a: z.number(), b: z.number() }).loose(),
  execute: ({ a, b }) => ({ result: a + b, big: "done" }),
});

const RUNS = {
  "ai-sdk-tools": () =>
    generateText({
      ...settings,
      instructions: "You are a calculator",
      prompt: "Calculate 5 + 3 using the calculator tool",
      tools: { calculate },
      stopWhen: stepCountIs(3),
    }),
  "openai-responses-cached": () => generateText({ ...settings, prompt: "Which river runs through Bern? ☃" }),
  "ai-sdk-stream-text": async () => {
    const { textStream } = streamText({ ...settings, prompt: "Write a short poem about the Aare" });
    for await (const _piece of textStream);
  },
  "ai-sdk-embed": () => embed({ model: openai.embedding("text-embedding-3-small"), value: "hello" }),
  "openai-error": () => generateText({ ...settings, prompt: "hi" }).catch(() => {}),
};
await RUNS[CALL]();
await sdk.shutdown();
