/**
 * What each captured body must read to, span by span. A model call names the recorded exchange whose provider's own
 * words it must equal; where a convention cannot say something, the difference stands here with its reason.
 */
import type { NormalCall } from "./normal-form.ts";

export interface Difference {
  readonly field: keyof NormalCall;
  /** The value that stands instead; a function makes it of the provider's own. */
  readonly value: unknown;
  readonly because: string;
}

export interface ExpectedSpan {
  readonly name: string;
  /** Name of the parent; absent: a root, or a parent that is not in the capture. */
  readonly parent?: string;
  readonly type: string;
  /** Default OK. */
  readonly status?: "ERROR";
  readonly error?: unknown;
  readonly session?: string;
  readonly user?: string;
  readonly tags?: readonly string[];
  readonly environment?: string;
  readonly release?: string;
  readonly agent?: string;
  readonly model?: string;
  /** A model call: the recording that it must equal, and in what it may not. */
  readonly call?: string;
  readonly differences?: readonly Difference[];
  readonly tool?: unknown;
  readonly embeddings?: unknown;
  /** Input tokens and output tokens, of a span that is compared with no recording. */
  readonly tokens?: readonly [number | undefined, number | undefined];
  /** What the form says was asked and answered, of a span that is compared with no recording. */
  readonly asked?: unknown;
  readonly answered?: unknown;
}

export interface ExpectedTrace {
  readonly name: string;
  /** What the run counts, each call once whatever its layers. */
  readonly tokens: readonly [number, number];
  readonly spans: readonly ExpectedSpan[];
}

const differs = (field: keyof NormalCall, value: unknown, because: string): Difference => ({ field, value, because });
const ASKED_MODEL = (model: string) =>
  differs("model", model, "of a stream it names the model that was asked, not the one that answered");

const one = (span: ExpectedSpan, tokens: readonly [number, number]): ExpectedTrace => ({
  name: span.name,
  tokens,
  spans: [span],
});

// Langfuse

const OF_LANGFUSE = { environment: "test", release: "r1" } as const;
const LANGFUSE_GAPS = [
  differs("responseId", undefined, "Langfuse has no attribute for the id of a reply"),
  differs("finish", undefined, "Langfuse keeps the message of a choice without its finish reason"),
];

function langfuse(call: string, tokens: readonly [number, number], differences: readonly Difference[] = []) {
  const span = { ...OF_LANGFUSE, name: call, type: "COMPLETION", session: "session-2", user: "user-2", call };
  return one({ ...span, differences: [...LANGFUSE_GAPS, ...differences] }, tokens);
}

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

const GLUED = [
  {
    kind: "toolCall",
    callId: null,
    name: "get_tomorrow_weather",
    arguments: '{"location": "Boston, MA"}{"location": "Chicago, IL"}',
  },
];

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

// OpenInference

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

// Traceloop

const TRACELOOP_TOOLS = { session: "sess-tl", user: "user-tl", agent: "my_agent" } as const;

function traceloop(call: string, model: string, tokens: readonly [number, number], gaps: readonly Difference[] = []) {
  return one({ name: `chat ${model}`, type: "COMPLETION", call, differences: gaps }, tokens);
}

const TRACELOOP_ANTHROPIC_ID = differs("responseId", undefined, "Traceloop leaves out the id of Anthropic's replies");

// The AI SDK

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

const CALCULATE = [text("system", "You are a calculator"), text("user", "Calculate 5 + 3 using the calculator tool")];
const SUM = { operation: "add", a: 5, b: 3 };
const SUM_CALL = "call_qT654GsDB0G8qqOyqaLlypO4";
const SUM_TOOLS = [
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
const ITS_OWN_QUESTION = "the program asked for itself; only the reply is the recording's";
const askedAnew = (...messages: unknown[]) => [
  differs("messages", messages, ITS_OWN_QUESTION),
  differs("tools", SUM_TOOLS, ITS_OWN_QUESTION),
];

function aiSdkTools(suffix: string): ExpectedTrace {
  const called = { kind: "toolCall", callId: SUM_CALL, name: "calculate", arguments: SUM };
  const result = { result: 8, big: "done" };
  const content = [{ kind: "json", value: result }];
  const answer = { kind: "toolResult", callId: SUM_CALL, name: "calculate", content, isError: false };
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
  const tool = { name: "calculate", callId: SUM_CALL, arguments: SUM, result, isError: false };
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

function result(callId: string, name: string, words: string): unknown {
  return { kind: "toolResult", callId, name, content: [{ kind: "text", text: words }], isError: false };
}

function text(role: string, words: string): unknown {
  return { role, parts: [{ kind: "text", text: words }] };
}

const aiSdkBodies = (file: string, suffix: string): Readonly<Record<string, ExpectedTrace>> => ({
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
  [`ai-sdk-tools${file}`]: aiSdkTools(suffix),
  [`ai-sdk-embed${file}`]: aiSdkEmbed(suffix),
  [`ai-sdk-error${file}`]: aiSdkError(suffix),
});

function mastra(): ExpectedTrace {
  const all = { release: "1.0.0" } as const;
  const calculated = {
    role: "assistant",
    parts: [{ kind: "toolCall", callId: SUM_CALL, name: "calculate", arguments: SUM }],
  };
  const steps = (name: string, tokens: readonly [number, number]): ExpectedSpan => ({
    ...all,
    name,
    parent: "chat gpt-4o-mini",
    type: "STANDALONE",
    model: "gpt-4o-mini-2024-07-18",
    tokens,
  });
  const tool = { name: "calculate", callId: null, arguments: SUM, result: { result: 8 }, isError: false };
  return {
    name: "agent.calc-agent",
    tokens: [93, 48],
    spans: [
      { ...all, name: "agent.calc-agent", type: "AGENT_WORKFLOW", agent: "calc-agent", asked: [CALCULATE[1]] },
      {
        ...all,
        name: "chat gpt-4o-mini",
        parent: "agent.calc-agent",
        type: "COMPLETION",
        model: "gpt-4o-mini",
        tokens: [93, 48],
        asked: CALCULATE,
      },
      { ...steps("step: 0", [79, 22]), asked: CALCULATE, answered: [calculated] },
      steps("step: 1", [14, 26]),
      { ...all, name: "tool.execute calculate", parent: "step: 0", type: "CODE_EXECUTION", tool },
      { ...all, name: "chunk: 'tool-call'", parent: "step: 0", type: "STANDALONE" },
      { ...all, name: "chunk: 'tool-result'", parent: "step: 0", type: "STANDALONE" },
      { ...all, name: "chunk: 'text'", parent: "step: 1", type: "STANDALONE" },
    ],
  };
}

function openTelemetry(): ExpectedTrace {
  const all = { environment: "prod", release: "1.2.3" } as const;
  const root = "invoke_agent Shopper";
  const called = { kind: "toolCall", callId: "c1", name: "buy", arguments: { what: "milk", order_id: 1 } };
  return {
    name: root,
    tokens: [30, 12],
    spans: [
      {
        ...all,
        name: root,
        type: "AGENT_WORKFLOW",
        session: "conv-1",
        user: "u-7",
        agent: "Shopper",
        tokens: [30, 12],
      },
      {
        ...all,
        name: "chat gpt-5",
        parent: root,
        type: "COMPLETION",
        session: "conv-1",
        model: "gpt-5-2026",
        tokens: [30, 12],
        asked: [text("system", "Be brief"), text("user", "buy milk")],
        answered: [{ role: "assistant", parts: [{ kind: "reasoning", text: "hmm" }, called] }],
      },
      {
        ...all,
        name: "execute_tool buy",
        parent: root,
        type: "CODE_EXECUTION",
        status: "ERROR",
        error: { type: "RangeError", message: "no milk" },
        // An integer that no double holds: its text stays as it came.
        tool: {
          name: "buy",
          callId: "c1",
          arguments: '{"what":"milk","order_id":9007199254740993}',
          result: "[3] bottles",
          isError: true,
        },
      },
      {
        ...all,
        name: "odd 😀 \u0000 \ufffd",
        parent: root,
        type: "STANDALONE",
        error: { type: "Error", message: "handled" },
      },
      { ...all, name: "ns", parent: root, type: "STANDALONE" },
    ],
  };
}

export const EXPECTED: Readonly<Record<string, ExpectedTrace>> = {
  "langfuse-manual-json": langfuseManual(),
  "langfuse-manual-proto": langfuseManual(),
  "langfuse-openai-chat": langfuse("openai-chat", [15, 20]),
  "langfuse-openai-chat-stream": langfuse("openai-chat-stream", [0, 0], [ASKED_MODEL("gpt-3.5-turbo")]),
  "langfuse-openai-tool-calling": langfuse("openai-tool-calling", [82, 18]),
  "langfuse-openai-stream-multiple-tools": langfuse(
    "openai-stream-multiple-tools",
    [0, 0],
    [
      ASKED_MODEL("gpt-4o-mini"),
      differs("reply", GLUED, "Langfuse writes streamed parallel calls over one another: name and ids are lost"),
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

  "openinference-openai-chat": openInference("openai-chat", "OpenAI Chat Completions", [15, 20]),
  "openinference-openai-chat-stream": openInference(
    "openai-chat-stream",
    "OpenAI Chat Completions",
    [0, 0],
    [STREAM_ID, ASKED_MODEL("gpt-3.5-turbo")],
  ),
  "openinference-openai-tool-calling": openInference("openai-tool-calling", "OpenAI Chat Completions", [82, 18]),
  "openinference-openai-stream-multiple-tools": openInference(
    "openai-stream-multiple-tools",
    "OpenAI Chat Completions",
    [0, 0],
    [STREAM_ID, ASKED_MODEL("gpt-4o-mini")],
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

  "traceloop-openai-chat": traceloop("openai-chat", "gpt-3.5-turbo", [15, 20]),
  "traceloop-openai-chat-stream": traceloop(
    "openai-chat-stream",
    "gpt-3.5-turbo",
    [8, 22],
    [differs("usage", { inputTokens: 8, outputTokens: 22 }, "Traceloop counts a streamed call by itself, roughly")],
  ),
  "traceloop-openai-tool-calling": traceloop("openai-tool-calling", "gpt-4", [82, 18]),
  "traceloop-openai-stream-multiple-tools": traceloop("openai-stream-multiple-tools", "gpt-4o-mini", [0, 0]),
  "traceloop-openai-responses-cached": traceloop(
    "openai-responses-cached",
    "gpt-4o-mini",
    [14, 26],
    [differs("usage", { inputTokens: 14, outputTokens: 26 }, "Traceloop leaves the cached tokens of a response out")],
  ),
  "traceloop-anthropic-messages": traceloop(
    "anthropic-messages",
    "claude-3-opus-20240229",
    [17, 137],
    [TRACELOOP_ANTHROPIC_ID],
  ),
  "traceloop-anthropic-thinking": traceloop(
    "anthropic-thinking",
    "claude-opus-4-1-20250805",
    [49, 186],
    [TRACELOOP_ANTHROPIC_ID],
  ),
  "traceloop-workflow": {
    name: "my_workflow.workflow",
    tokens: [82, 18],
    spans: [
      {
        name: "my_workflow.workflow",
        type: "AGENT_WORKFLOW",
        session: "sess-tl",
        user: "user-tl",
        agent: "my_workflow",
        asked: [text("user", "weather?")],
      },
      { ...TRACELOOP_TOOLS, name: "my_agent.agent", parent: "my_workflow.workflow", type: "AGENT_WORKFLOW" },
      {
        ...TRACELOOP_TOOLS,
        name: "chat gpt-4",
        parent: "my_agent.agent",
        type: "COMPLETION",
        call: "openai-tool-calling",
      },
      {
        ...TRACELOOP_TOOLS,
        name: "weather.tool",
        parent: "my_agent.agent",
        type: "CODE_EXECUTION",
        tool: {
          name: "weather",
          callId: null,
          arguments: { city: "Boston" },
          result: { temp: 20, city: "Boston" },
          isError: false,
        },
      },
      { ...TRACELOOP_TOOLS, name: "sub.task", parent: "weather.tool", type: "STANDALONE" },
    ],
  },

  ...aiSdkBodies("", ""),
  ...aiSdkBodies("-openinference-vercel", " my-fn"),
  "mastra-agent-tool": mastra(),
  "otel-plain-http-json": openTelemetry(),
  "otel-plain-http-proto": openTelemetry(),
};
