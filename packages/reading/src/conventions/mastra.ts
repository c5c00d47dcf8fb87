import type { SpanType } from "@everspan/protocol";
import { own } from "../json/json-record.ts";
import type { Convention } from "./convention.ts";
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

const isMastra = (attributes: Readonly<Record<string, unknown>>) => own(attributes, "mastra.span.type") !== undefined;

export const mastra: Convention = {
  name: "mastra",
  facts: { agentName: ["agent.id"], session: ["threadId", "mastra.metadata.threadId"], user: ["resourceId"] },
  repeats: ["mastra.span.type", "mastra.trace_id", "mastra.span_id", "mastra.parent_span_id", "span.kind"],
  spanType: (attributes) => TYPES.get(own(attributes, "mastra.span.type")),
  inputs: (attributes) => (isMastra(attributes) ? whole(attributes, "input", "mastra.input") : []),
  outputs: (attributes) => (isMastra(attributes) ? whole(attributes, "output", "mastra.output") : []),
};
