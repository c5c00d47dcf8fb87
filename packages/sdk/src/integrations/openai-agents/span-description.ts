import type { SpanType } from "@everspan/protocol";
import { parsedIfJson } from "../callbacks/json-text.ts";
import type { AgentsSpanData } from "./events.ts";

/** How a span of `@openai/agents` reads as one of ours. */
export interface SpanDescription {
  readonly name: string;
  readonly type: SpanType;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

export function describeSpan(data: AgentsSpanData): SpanDescription {
  switch (data.type) {
    case "agent":
      return described(data.name ?? "agent", "AGENT_WORKFLOW", {
        data: { tools: data.tools, handoffs: data.handoffs, outputType: data.output_type },
      });
    case "response":
      return described(data._response?.model ?? "model", "COMPLETION", {
        input: data._input,
        output: data._response?.output,
        data: {
          model: data._response?.model,
          usage: data._response?.usage,
          responseId: data._response?.id ?? data.response_id,
        },
      });
    case "generation":
      return described(data.model ?? "model", "COMPLETION", {
        input: data.input === undefined ? undefined : { messages: data.input },
        output: data.output,
        data: { model: data.model, parameters: data.model_config, usage: data.usage },
      });
    case "function":
      return described(data.name ?? "function", "CODE_EXECUTION", {
        input: parsedIfJson(data.input),
        output: parsedIfJson(data.output),
        data: {},
      });
    case "handoff":
      return described(`handoff to ${data.to_agent ?? "another agent"}`, "STANDALONE", {
        data: { fromAgent: data.from_agent, toAgent: data.to_agent },
      });
    case "guardrail":
      return described(data.name ?? "guardrail", "GUARDRAIL", { data: { triggered: data.triggered } });
    case "mcp_tools":
      return described("list tools", "STANDALONE", { output: data.result, data: { server: data.server } });
    default:
      // A turn's and a task's usage repeats that of the model calls in them: kept, under a name that is not summed.
      return described(data.name ?? data.type, "STANDALONE", {
        input: data.input,
        output: data.output,
        data: { kind: data.type, ...(data.usage !== undefined && { totals: data.usage }), custom: data.data },
      });
  }
}

function described(
  name: string,
  type: SpanType,
  rest: { input?: unknown; output?: unknown; data: Record<string, unknown> },
): SpanDescription {
  const data = Object.fromEntries(Object.entries(rest.data).filter(([, value]) => value !== undefined));
  return { ...rest, name, type, data };
}
