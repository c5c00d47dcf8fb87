/** Langfuse: what its attributes must read to. */
import {
  askedModel,
  type Difference,
  differs,
  type ExpectedSpan,
  type ExpectedTrace,
  type ExpectedTraces,
  one,
  text,
} from "./expected-span.ts";

const OF_LANGFUSE = { environment: "test", release: "r1" } as const;
const LANGFUSE_GAPS = [
  differs("responseId", undefined, "Langfuse has no attribute for the id of a reply"),
  differs("finish", undefined, "Langfuse keeps the message of a choice without its finish reason"),
];

function langfuse(call: string, tokens: readonly [number, number], differences: readonly Difference[] = []) {
  const span = { ...OF_LANGFUSE, name: call, type: "COMPLETION", session: "session-2", user: "user-2", call };
  return one({ ...span, differences: [...LANGFUSE_GAPS, ...differences] }, tokens);
}
function langfuseManual(): ExpectedTrace {
  const all = { ...OF_LANGFUSE, session: "session-1", user: "user-1", tags: ["a", "b"], parent: "agent-run" };
  const plain = (type: string, name: string, more: Partial<ExpectedSpan> = {}): ExpectedSpan => ({
    ...all,
    name,
    type,
    ...more,
  });
  const { parent: _none, ...root } = all;
  return {
    name: "my trace",
    tokens: [28, 5],
    spans: [
      { ...root, name: "agent-run", type: "STANDALONE", asked: [text("user", "capital of France?")] },
      plain("COMPLETION", "llm-call", {
        model: "gpt-4o",
        tokens: [28, 5],
        costUsd: 0.003,
        asked: [text("system", "Be brief"), text("user", "capital of France?")],
        answered: [text("assistant", "Paris")],
      }),
      plain("CODE_EXECUTION", "search", {
        status: "ERROR",
        error: { type: "Error", message: "tool broke" },
        tool: { name: "search", callId: null, arguments: { q: "Paris" }, result: "result text", isError: true },
      }),
      plain("AGENT_WORKFLOW", "a agent", {
        agent: "a agent",
        asked: [text("user", "agent")],
        answered: [text("assistant", "agent out")],
      }),
      plain("STANDALONE", "a chain"),
      plain("KB_RETRIEVAL", "a retriever"),
      plain("EVALUATION", "a evaluator"),
      plain("GUARDRAIL", "a guardrail"),
      plain("COMPLETION", "a embedding", {
        asked: [text("user", "embedding")],
        answered: [text("assistant", "embedding out")],
      }),
      plain("STANDALONE", "an event"),
    ],
  };
}

/** Streamed parallel calls come as one: the last name, no id, the arguments as one text. */
const glued = (calls: readonly { name: string; arguments: { location: string } }[]) => [
  {
    kind: "toolCall",
    callId: null,
    name: calls.at(-1)!.name,
    arguments: calls.map((call) => `{"location": "${call.arguments.location}"}`).join(""),
  },
];

export const LANGFUSE: ExpectedTraces = {
  "langfuse-manual-json": langfuseManual(),
  "langfuse-manual-proto": langfuseManual(),
  "langfuse-openai-chat": langfuse("openai-chat", [15, 20]),
  "langfuse-openai-chat-stream": langfuse("openai-chat-stream", [0, 0], [askedModel("gpt-3.5-turbo")]),
  "langfuse-openai-tool-calling": langfuse("openai-tool-calling", [82, 18]),
  "langfuse-openai-stream-multiple-tools": langfuse(
    "openai-stream-multiple-tools",
    [0, 0],
    [
      askedModel("gpt-4o-mini"),
      differs("reply", glued, "Langfuse writes streamed parallel calls over one another: name and ids are lost"),
    ],
  ),
  "langfuse-openai-responses-cached": langfuse("openai-responses-cached", [14, 26]),
  "langfuse-openai-error": one(
    {
      ...OF_LANGFUSE,
      name: "fails",
      type: "COMPLETION",
      status: "ERROR",
      error: { type: "Error", message: "Error: 429 Rate limit reached" },
      model: "gpt-4o",
      asked: [text("user", "hi")],
    },
    [0, 0],
  ),
};
