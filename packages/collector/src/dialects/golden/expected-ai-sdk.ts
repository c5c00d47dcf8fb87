/** The AI SDK 5, with and without a mapper to OpenInference: what its attributes must read to. */
import {
  type Difference,
  differs,
  type ExpectedSpan,
  type ExpectedTrace,
  type ExpectedTraces,
  ITS_OWN_QUESTION,
  text,
} from "./expected-span.ts";

const OF_AI_SDK = { session: "sess-ai", user: "user-ai", tags: ["x"] } as const;

interface AiCall {
  readonly call: string;
  readonly operation: "generateText.doGenerate" | "streamText.doStream";
  readonly differences?: readonly Difference[];
}

/** The outer span sums its steps: it is no call of its own. */
function aiSdk(suffix: string, outer: Partial<ExpectedSpan>, tokens: readonly [number, number], ...calls: AiCall[]) {
  const name = `ai.${calls[0]!.operation.split(".")[0]}${suffix}`;
  const root: ExpectedSpan = { ...OF_AI_SDK, name, type: "AGENT_WORKFLOW", agent: name, ...outer };
  const spans = calls.map(
    ({ call, operation, differences = [] }): ExpectedSpan => ({
      ...OF_AI_SDK,
      name: `ai.${operation}${suffix}`,
      parent: name,
      type: "COMPLETION",
      call,
      differences,
    }),
  );
  return { name, tokens, spans: [root, ...spans] };
}

const NO_CACHE = differs(
  "usage",
  { inputTokens: 14, outputTokens: 26 },
  "the AI SDK 5 leaves the cached tokens of generateText out of its attributes",
);
const NO_REASONING = differs(
  "reply",
  (reply: readonly { kind: string }[]) => reply.filter(({ kind }) => kind !== "reasoning"),
  "the AI SDK 5 leaves the reasoning of generateText out",
);

export const CALCULATE = [
  text("system", "You are a calculator"),
  text("user", "Calculate 5 + 3 using the calculator tool"),
];
export const SUM = { operation: "add", a: 5, b: 3 };
export const SUM_TOOLS = [
  {
    name: "calculate",
    description: "calc",
    parameters: {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { operation: { type: "string" }, a: { type: "number" }, b: { type: "number" } },
      required: ["operation", "a", "b"],
      additionalProperties: {},
    },
  },
];
const askedAnew = (...messages: unknown[]) => [
  differs("messages", messages, ITS_OWN_QUESTION),
  differs("tools", SUM_TOOLS, ITS_OWN_QUESTION),
];

function aiSdkTools(suffix: string, sumCall: string): ExpectedTrace {
  const called = { kind: "toolCall", callId: sumCall, name: "calculate", arguments: SUM };
  const result = { result: 8, big: "done" };
  const content = [{ kind: "json", value: result }];
  const answer = { kind: "toolResult", callId: sumCall, name: "calculate", content, isError: false };
  const history = [
    { role: "assistant", parts: [called] },
    { role: "tool", parts: [answer] },
  ];
  const { name, spans } = aiSdk(
    suffix,
    { model: "gpt-4o-mini", tokens: [14, 26], asked: CALCULATE },
    [93, 48],
    {
      call: "ai-sdk-agent-tool-call",
      operation: "generateText.doGenerate",
      differences: [
        ...askedAnew(...CALCULATE),
        differs("finish", "tools", "OpenAI calls a response `completed` also when it asks for a tool"),
      ],
    },
    {
      call: "openai-responses-cached",
      operation: "generateText.doGenerate",
      differences: [...askedAnew(...CALCULATE, ...history), NO_CACHE],
    },
  );
  const tool = { name: "calculate", callId: sumCall, arguments: SUM, result, isError: false };
  const toolSpan = { ...OF_AI_SDK, name: `ai.toolCall${suffix}`, parent: name, type: "CODE_EXECUTION", tool };
  return { name, tokens: [93, 48], spans: [...spans, toolSpan] };
}

function aiSdkEmbed(suffix: string): ExpectedTrace {
  const embeddings = { count: 1, dimensions: 2, vectors: [[0.1, 0.2]] };
  const all = { ...OF_AI_SDK, model: "text-embedding-3-small", tokens: [4, undefined], embeddings } as const;
  const name = `ai.embed${suffix}`;
  return {
    name,
    tokens: [4, 0],
    spans: [
      { ...all, name, type: "STANDALONE" },
      { ...all, name: `ai.embed.doEmbed${suffix}`, parent: name, type: "COMPLETION", asked: [text("user", "hello")] },
    ],
  };
}

function aiSdkError(suffix: string): ExpectedTrace {
  const name = `ai.generateText${suffix}`;
  const error = { type: "AI_APICallError", message: "Rate limit reached" };
  const all = { ...OF_AI_SDK, status: "ERROR", error, model: "gpt-4o-mini", asked: [text("user", "hi")] } as const;
  return {
    name,
    tokens: [0, 0],
    spans: [
      { ...all, name, type: "AGENT_WORKFLOW", agent: name },
      { ...all, name: `ai.generateText.doGenerate${suffix}`, parent: name, type: "COMPLETION" },
    ],
  };
}

/** By the suffix of the file and of the spans: a mapper to OpenInference names both. */
export const aiSdkBodies = (file: string, suffix: string, sumCall: string): ExpectedTraces => ({
  [`ai-sdk-cached${file}`]: aiSdk(suffix, { model: "gpt-4o-mini", tokens: [14, 26] }, [14, 26], {
    call: "openai-responses-cached",
    operation: "generateText.doGenerate",
    differences: [NO_CACHE],
  }),
  [`ai-sdk-anthropic-thinking${file}`]: aiSdk(
    suffix,
    { model: "claude-opus-4-1-20250805", tokens: [49, 186] },
    [49, 186],
    { call: "anthropic-thinking", operation: "generateText.doGenerate", differences: [NO_REASONING] },
  ),
  [`ai-sdk-stream${file}`]: aiSdk(suffix, { model: "gpt-4o-mini", tokens: [13, 104] }, [13, 104], {
    call: "ai-sdk-stream-text",
    operation: "streamText.doStream",
  }),
  [`ai-sdk-tools${file}`]: aiSdkTools(suffix, sumCall),
  [`ai-sdk-embed${file}`]: aiSdkEmbed(suffix),
  [`ai-sdk-error${file}`]: aiSdkError(suffix),
});
