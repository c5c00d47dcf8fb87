/** A program whose model calls OpenInference traces. CALL names the exchange, PROVIDER_URL is the model's address. */
import Anthropic from "@anthropic-ai/sdk";
import { setSession, setUser } from "@arizeai/openinference-core";
import { AnthropicInstrumentation } from "@arizeai/openinference-instrumentation-anthropic";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import { context } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";
import { recording } from "../../harness/provider.mjs";

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
new OpenAIInstrumentation().manuallyInstrument(OpenAI);
new AnthropicInstrumentation().manuallyInstrument(Anthropic);

const { CALL, PROVIDER_URL } = process.env;
const baseURL = `${PROVIDER_URL}/${CALL.replace("-history", "")}`;
const openai = new OpenAI({ apiKey: "key", baseURL: `${baseURL}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "key", baseURL, maxRetries: 0 });

/** A question with an image, after two tools were asked. */
const HISTORY = [
  { role: "system", content: "sys" },
  {
    role: "user",
    content: [
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ],
  },
  {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
      { id: "c2", type: "function", function: { name: "g", arguments: "{}" } },
    ],
  },
  { role: "tool", tool_call_id: "c1", content: "r1" },
  { role: "tool", tool_call_id: "c2", content: "r2" },
];

async function call() {
  if (CALL === "openai-chat-history") return openai.chat.completions.create({ model: "gpt-4", messages: HISTORY });
  const { url, body } = recording(CALL)[0].request;
  const { pathname } = new URL(url);
  if (pathname === "/v1/messages") return anthropic.messages.create(body);
  if (pathname === "/v1/responses") return openai.responses.create(body);
  if (pathname === "/v1/embeddings") return openai.embeddings.create(body);
  return openai.chat.completions.create(body);
}

async function readAll() {
  const reply = await call();
  if (Symbol.asyncIterator in reply) for await (const _chunk of reply);
}

const isBare = CALL === "openai-embeddings" || CALL === "openai-chat-history";
const inSession = isBare
  ? context.active()
  : setUser(setSession(context.active(), { sessionId: "sess-oi" }), { userId: "user-oi" });
await context.with(inSession, readAll);
await provider.shutdown();
