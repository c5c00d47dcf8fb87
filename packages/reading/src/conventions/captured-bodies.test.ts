import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { normalizeSpan } from "../span/normalize-span.ts";
import { readSpan } from "../span/read-span.ts";

/** Bodies that real instrumentations sent, where they lie beside the project. */
const DIRECTORY = new URL("../../../../../shared/data/otlp/", import.meta.url);

interface OtlpValue {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: OtlpValue[] };
}
type KeyValues = { key: string; value: OtlpValue }[];
interface OtlpSpan {
  name: string;
  attributes: KeyValues;
}

function plain({ stringValue, intValue, doubleValue, boolValue, arrayValue }: OtlpValue): unknown {
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(plain);
  return stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue) : Number(intValue));
}

function spanOf(file: string, name: string) {
  const body = JSON.parse(readFileSync(new URL(`${file}.json`, DIRECTORY), "utf8"));
  const bodies: { body?: unknown }[] = Array.isArray(body) ? body : [body];
  const spans = bodies.flatMap((item) =>
    ((item.body ?? item) as { resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[] }).resourceSpans.flatMap((r) =>
      r.scopeSpans.flatMap((s) => s.spans),
    ),
  );
  const span = spans.find((candidate) => candidate.name === name)!;
  const attributes = Object.fromEntries(span.attributes.map(({ key, value }) => [key, plain(value)]));
  const normalized = normalizeSpan({ name, attributes });
  return { normalized, read: readSpan({ name, type: "STANDALONE", ...normalized }) };
}

const has = existsSync(DIRECTORY);
const tests: readonly (readonly [
  string,
  string,
  string | undefined,
  string | undefined,
  number | undefined,
  number | undefined,
])[] = [
  ["langfuse-manual-json", "llm-call", "COMPLETION", "gpt-4o", 28, 5],
  ["langfuse-openai-chat", "openai-chat", "COMPLETION", "gpt-3.5-turbo-0125", 15, 20],
  ["langfuse-openai-tool-calling", "openai-tool-calling", "COMPLETION", "gpt-4-0613", 82, 18],
  ["langfuse-openai-responses-cached", "openai-responses-cached", "COMPLETION", "gpt-4o-mini-2024-07-18", 14, 26],
  ["ai-sdk-tools", "ai.generateText.doGenerate", "COMPLETION", "gpt-4o-mini-2024-07-18", 79, 22],
  ["ai-sdk-embed", "ai.embed.doEmbed", "COMPLETION", "text-embedding-3-small", 4, undefined],
  ["openinference-openai-chat", "OpenAI Chat Completions", "COMPLETION", "gpt-3.5-turbo-0125", 15, 20],
  ["openinference-anthropic-thinking", "Anthropic Messages", "COMPLETION", "claude-opus-4-1-20250805", 49, 186],
  [
    "openinference-openai-embeddings",
    "OpenAI Embeddings",
    "COMPLETION",
    "text-embedding-3-small",
    undefined,
    undefined,
  ],
  ["traceloop-openai-tool-calling", "chat gpt-4", "COMPLETION", "gpt-4-0613", 82, 18],
  ["mastra-agent-tool", "chat gpt-4o-mini", "COMPLETION", "gpt-4o-mini", 93, 48],
  ["otel-plain-http-json", "chat gpt-5", "COMPLETION", "gpt-5-2026", 30, 12],
];

test.skipIf(!has).each(tests)("%s: %s", (file, name, type, model, input, output) => {
  const { normalized, read } = spanOf(file, name);
  expect(normalized.type).toBe(type);
  expect(read.call.responseModel ?? read.call.requestModel).toBe(model);
  expect([read.usage?.inputTokens, read.usage?.outputTokens]).toEqual([input, output]);
});

test.skipIf(!has)("a failure that only a level tells is an error", () => {
  expect(spanOf("langfuse-openai-error", "fails").normalized).toMatchObject({
    status: "ERROR",
    error: { message: "Error: 429 Rate limit reached" },
  });
});

test.skipIf(!has)("the session of each convention is found", () => {
  expect(spanOf("ai-sdk-tools", "ai.toolCall").normalized.taskId).toBe("sess-ai");
  expect(spanOf("traceloop-workflow", "weather.tool").normalized.taskId).toBe("sess-tl");
  expect(spanOf("langfuse-manual-json", "search").normalized.taskId).toBe("session-1");
});

const CALL = {
  kind: "toolCall",
  callId: "call_m0dpaUwYpBdHG63EvxJH3FZU",
  name: "get_current_weather",
  arguments: { location: "Boston, MA" },
};

test.skipIf(!has).each([
  ["langfuse-openai-tool-calling", "openai-tool-calling"],
  ["openinference-openai-tool-calling", "OpenAI Chat Completions"],
  ["traceloop-openai-tool-calling", "chat gpt-4"],
])("the same call reads to the same messages, tools and tokens: %s", (file, name) => {
  const { read } = spanOf(file, name);
  expect(read.input).toMatchObject({
    kind: "read",
    value: { messages: [{ role: "user", parts: [{ kind: "text", text: "What's the weather like in Boston?" }] }] },
  });
  expect(read.output.kind === "read" && read.output.value.messages.map((message) => message.parts)).toEqual([[CALL]]);
  expect(read.call.tools?.map((tool) => tool.name)).toEqual(["get_current_weather"]);
  expect(read.usage).toMatchObject({ inputTokens: 82, outputTokens: 18 });
});

test.skipIf(!has)("calls that were glued together are taken apart, and an empty text hides no message", () => {
  const { read } = spanOf("openinference-openai-stream-multiple-tools", "OpenAI Chat Completions");
  const calls = read.output.kind === "read" ? read.output.value.messages.flatMap((message) => message.parts) : [];
  expect(calls).toMatchObject([
    { name: "get_current_weather", callId: "call_SHtIMpPE5ainCyw3LLf32VcZ" },
    { name: "get_tomorrow_weather", callId: "call_HvockKv2nSWQzdTmCv0p2IZD" },
  ]);
});
