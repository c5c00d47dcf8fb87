import type { SpanType } from "@everspan/protocol";
import { asRecord, isEmpty, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import type { Candidate, Convention } from "./convention.ts";
import { whole } from "./gen-ai.ts";

/** Mastra's exporter: plain names beside copies under OpenTelemetry's. */

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["agent_run", "AGENT_WORKFLOW"],
  ["workflow_run", "AGENT_WORKFLOW"],
  ["model_generation", "COMPLETION"],
  ["model_inference", "COMPLETION"],
  ["llm_generation", "COMPLETION"],
  ["tool_call", "CODE_EXECUTION"],
  ["mcp_tool_call", "CODE_EXECUTION"],
]);

type Attributes = Readonly<Record<string, unknown>>;

const METADATA = "mastra.metadata.";

export const mastra: Convention = {
  name: "mastra",
  facts: {
    agentName: ["agent.id"],
    session: ["threadId", ...["threadId", "sessionId", "thread_id", "session_id"].map((name) => METADATA + name)],
    user: ["resourceId", ...["userId", "resourceId", "user_id"].map((name) => METADATA + name)],
  },
  tags: ["mastra.tags"],
  metadataPrefixes: [METADATA],
  repeats: ["mastra.span.type", "mastra.trace_id", "mastra.span_id", "mastra.parent_span_id", "span.kind"],
  spanType: (attributes) => TYPES.get(own(attributes, "mastra.span.type")),
  inputs: (attributes) => payloads(attributes, "input").map((given) => withSystem(given, attributes)),
  outputs: (attributes) => payloads(attributes, "output"),
};

/** Under a plain name, or since version 1 under the type of the span: `mastra.agent_run.input`. */
function payloads(attributes: Attributes, side: "input" | "output"): readonly Candidate[] {
  const type = own(attributes, "mastra.span.type");
  return typeof type === "string" ? whole(attributes, side, `mastra.${side}`, `mastra.${type}.${side}`) : [];
}

/** An agent's instructions and tools stand under OpenTelemetry's names, what it was asked under Mastra's. */
function withSystem({ value, names }: Candidate, attributes: Attributes): Candidate {
  const beside = ["gen_ai.system_instructions", "gen_ai.tool.definitions"] as const;
  const [system, tools] = beside.map((name) => parsedIfJson(own(attributes, name)));
  if (isEmpty(system) || isEmpty(value) || Object.hasOwn(attributes, "gen_ai.input.messages")) return { value, names };
  const asked = asRecord(value)?.messages ?? value;
  const messages = typeof asked === "string" ? [{ role: "user", content: asked }] : asked;
  if (!Array.isArray(messages)) return { value, names };
  return {
    value: { ...asRecord(value), system, messages, ...(isEmpty(tools) ? {} : { tools }) },
    names: [...names, ...beside.filter((name) => Object.hasOwn(attributes, name))],
  };
}
