/** The AI SDK 7 with its own telemetry, in OpenTelemetry's words for generative AI: what its spans must read to. */
import { CALCULATE, SUM, SUM_TOOLS } from "./expected-ai-sdk.ts";
import {
  type Difference,
  differs,
  type ExpectedSpan,
  type ExpectedTrace,
  type ExpectedTraces,
  ITS_OWN_QUESTION,
  text,
} from "./expected-span.ts";

const POEM =
  "Aare, green and cold,\nyou hold the town as rings are sold,\nand every bridge that looks at you\nsees another shade of blue.";
const ANSWER = 'The Aare flows through Bern,\n\nand it carries "cold" water all year.';
const CHAT = "chat gpt-4o-mini";
const BERN = [text("user", "Which river runs through Bern? ☃")];
const calledSum = (callId: string) => ({ kind: "toolCall", callId, name: "calculate", arguments: SUM });
const sumOf = (callId: string, result: unknown) => ({
  kind: "toolResult",
  callId,
  name: "calculate",
  content: [{ kind: "json", value: result }],
  isError: false,
});

interface Step {
  readonly call: string;
  readonly differences?: readonly Difference[];
}

/** An agent with a span for each step, in which the call stands and the tools that it asked for. */
function aiSdk7Run(outer: Partial<ExpectedSpan>, tokens: readonly [number, number], ...steps: Step[]): ExpectedTrace {
  const name = "invoke_agent gpt-4o-mini";
  const root: ExpectedSpan = { name, type: "AGENT_WORKFLOW", agent: "my-fn", model: "gpt-4o-mini", tokens, ...outer };
  const spans = steps.flatMap(({ call, differences = [] }, i): ExpectedSpan[] => [
    { name: `step ${i + 1}`, parent: name, type: "STANDALONE" },
    { name: CHAT, parent: `step ${i + 1}`, type: "COMPLETION", call, differences },
  ]);
  return { name, tokens, spans: [root, ...spans] };
}

export function aiSdk7Bodies(sumCall: string): ExpectedTraces {
  const result = { result: 8, big: "done" };
  const [called, answered] = [calledSum(sumCall), sumOf(sumCall, result)];
  const history = [
    { role: "assistant", parts: [called] },
    { role: "tool", parts: [answered] },
  ];
  const tools = aiSdk7Run(
    { asked: CALCULATE, answered: [text("assistant", ANSWER), { parts: [called, answered] }] },
    [93, 48],
    {
      call: "ai-sdk-agent-tool-call",
      differences: [
        ...askedAnew(...CALCULATE),
        differs("finish", "tools", "OpenAI calls a response `completed` also when it asks for a tool"),
      ],
    },
    { call: "openai-responses-cached", differences: askedAnew(...CALCULATE, ...history) },
  );
  const tool = { name: "calculate", callId: sumCall, arguments: SUM, result, isError: false };
  const error = { type: "AI_APICallError", message: "Rate limit reached" };
  const failed = aiSdk7Run(
    { status: "ERROR", error, tokens: [undefined, undefined], asked: [text("user", "hi")] },
    [0, 0],
  );
  const hi = {
    status: "ERROR",
    error,
    name: CHAT,
    parent: "step 1",
    type: "COMPLETION",
    model: "gpt-4o-mini",
  } as const;
  const embeddings = "embeddings text-embedding-3-small";
  const embedding = { name: embeddings, type: "COMPLETION", model: "text-embedding-3-small" } as const;
  return {
    "ai-sdk-7-cached": aiSdk7Run({ asked: BERN, answered: [text("assistant", ANSWER)] }, [14, 26], {
      call: "openai-responses-cached",
    }),
    "ai-sdk-7-stream": aiSdk7Run({ answered: [text("assistant", POEM)] }, [13, 104], { call: "ai-sdk-stream-text" }),
    "ai-sdk-7-tools": {
      ...tools,
      spans: [...tools.spans, { name: "execute_tool calculate", parent: "step 1", type: "CODE_EXECUTION", tool }],
    },
    "ai-sdk-7-error": {
      ...failed,
      spans: [
        ...failed.spans,
        { status: "ERROR", error, name: "step 1", parent: failed.name, type: "STANDALONE" },
        { ...hi, asked: [text("user", "hi")] },
      ],
    },
    "ai-sdk-7-embed": {
      name: embeddings,
      tokens: [4, 0],
      spans: [embedding, { ...embedding, parent: embeddings, tokens: [4, undefined] }],
    },
  };
}

function askedAnew(...messages: unknown[]): readonly Difference[] {
  return [differs("messages", messages, ITS_OWN_QUESTION), differs("tools", SUM_TOOLS, ITS_OWN_QUESTION)];
}
