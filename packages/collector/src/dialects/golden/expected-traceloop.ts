/** Traceloop: what its attributes must read to. */
import { type Difference, differs, type ExpectedTraces, one, text } from "./expected-span.ts";

const TRACELOOP_TOOLS = { session: "sess-tl", user: "user-tl", agent: "my_agent" } as const;

function traceloop(call: string, model: string, tokens: readonly [number, number], gaps: readonly Difference[] = []) {
  return one({ name: `chat ${model}`, type: "COMPLETION", call, differences: gaps }, tokens);
}

const TRACELOOP_ANTHROPIC_ID = differs("responseId", undefined, "Traceloop leaves out the id of Anthropic's replies");

export const TRACELOOP: ExpectedTraces = {
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
};
