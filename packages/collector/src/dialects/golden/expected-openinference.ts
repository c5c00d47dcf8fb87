/** OpenInference: what its attributes must read to. */
import {
  askedModel,
  type Difference,
  differs,
  type ExpectedSpan,
  type ExpectedTrace,
  type ExpectedTraces,
  ITS_OWN_QUESTION,
  one,
  result,
  text,
} from "./expected-span.ts";

const HISTORY = [
  text("system", "sys"),
  {
    role: "user",
    parts: [
      { kind: "text", text: "look" },
      { kind: "image", mediaType: "image/png", bytes: 3, data: "AAAA" },
    ],
  },
  {
    role: "assistant",
    parts: [
      { kind: "toolCall", callId: "c1", name: "f", arguments: { a: 1 } },
      { kind: "toolCall", callId: "c2", name: "g", arguments: {} },
    ],
  },
  { role: "tool", parts: [result("c1", "f", "r1")] },
  { role: "tool", parts: [result("c2", "g", "r2")] },
];

const OF_OPENINFERENCE = { session: "sess-oi", user: "user-oi" } as const;

function openInference(
  call: string,
  name: string,
  tokens: readonly [number, number],
  differences: readonly Difference[] = [],
): ExpectedTrace {
  return one({ ...OF_OPENINFERENCE, name, type: "COMPLETION", call, differences }, tokens);
}

const STREAM_ID = differs("responseId", undefined, "OpenInference has no attribute for the id of a streamed reply");

/** Anthropic's own client sends a span too, with the usage and without the messages: the call counts once. */
function openInferenceAnthropic(
  call: string,
  model: string,
  tokens: readonly [number, number],
  gaps: Difference[] = [],
) {
  const { spans } = openInference(call, "Anthropic Messages", tokens, gaps);
  const own = { name: "anthropic.messages.create", parent: "Anthropic Messages", type: "COMPLETION", model, tokens };
  return { name: "Anthropic Messages", tokens, spans: [...spans, own] };
}

function langChain(name: string): ExpectedSpan {
  const messages = [text("user", "What is 2+2?")];
  return { name, type: "STANDALONE", session: "thread-1", asked: messages, answered: messages };
}

export const OPENINFERENCE: ExpectedTraces = {
  "openinference-openai-chat": openInference("openai-chat", "OpenAI Chat Completions", [15, 20]),
  "openinference-openai-chat-stream": openInference(
    "openai-chat-stream",
    "OpenAI Chat Completions",
    [0, 0],
    [STREAM_ID, askedModel("gpt-3.5-turbo")],
  ),
  "openinference-openai-tool-calling": openInference("openai-tool-calling", "OpenAI Chat Completions", [82, 18]),
  "openinference-openai-stream-multiple-tools": openInference(
    "openai-stream-multiple-tools",
    "OpenAI Chat Completions",
    [0, 0],
    [STREAM_ID, askedModel("gpt-4o-mini")],
  ),
  "openinference-openai-responses-cached": openInference("openai-responses-cached", "OpenAI Responses", [14, 26]),
  "openinference-openai-embeddings": one(
    {
      name: "OpenAI Embeddings",
      type: "COMPLETION",
      model: "text-embedding-3-small",
      asked: [text("user", "hello there")],
      embeddings: { count: 1, dimensions: 3, vectors: [[0.1, 0.2, 0.3]] },
    },
    [0, 0],
  ),
  "openinference-openai-tools-history-proto": one(
    {
      name: "OpenAI Chat Completions",
      type: "COMPLETION",
      call: "openai-chat",
      differences: [differs("messages", HISTORY, ITS_OWN_QUESTION)],
    },
    [15, 20],
  ),
  "openinference-anthropic-messages": openInferenceAnthropic(
    "anthropic-messages",
    "claude-3-opus-20240229",
    [17, 137],
    [],
  ),
  "openinference-anthropic-messages-stream": openInferenceAnthropic(
    "anthropic-messages-stream",
    "claude-3-opus-20240229",
    [17, 158],
    [STREAM_ID],
  ),
  "openinference-anthropic-thinking": openInferenceAnthropic(
    "anthropic-thinking",
    "claude-opus-4-1-20250805",
    [49, 186],
    [],
  ),
  "openinference-langchain-agent": {
    name: "__start__",
    tokens: [0, 0],
    spans: [langChain("__start__"), langChain("prompt")],
  },
};
