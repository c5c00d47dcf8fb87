/** Mastra and plain OpenTelemetry: what their attributes must read to. */
import { CALCULATE, SUM } from "./expected-ai-sdk.ts";
import { type ExpectedSpan, type ExpectedTrace, text } from "./expected-span.ts";

export function mastra(sumCall: string): ExpectedTrace {
  const all = { release: "1.0.0" } as const;
  const calculated = {
    role: "assistant",
    parts: [{ kind: "toolCall", callId: sumCall, name: "calculate", arguments: SUM }],
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

export function openTelemetry(): ExpectedTrace {
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
        // An integer that no double holds keeps its digits.
        tool: {
          name: "buy",
          callId: "c1",
          arguments: { what: "milk", order_id: "9007199254740993" },
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
