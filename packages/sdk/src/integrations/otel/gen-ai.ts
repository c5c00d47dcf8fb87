import type { SpanType } from "@everspan/protocol";
import type { OtelReadableSpan, OtelScope } from "./api.ts";

/** Tracers that trace models and agents name themselves after what they trace. */
const SCOPES =
  /openinference|traceloop|langfuse|langsmith|langchain|langgraph|llama-?index|openai|anthropic|bedrock|vertex-?ai|mistral|cohere|ollama|gen[-_]?ai|mastra|\bai\b|\bagents?\b|\bmcp\b/i;
/** First words of the attributes that the conventions for generative AI write. */
const ATTRIBUTES = /^(?:gen_ai|llm|ai|openinference|traceloop|langfuse|langsmith|mastra|mcp|agent)\./;

/** Whether the span tells of a model, a tool or an agent, as far as can be told by now. */
export function isGenAi(span: OtelReadableSpan): boolean {
  return SCOPES.test(scopeOf(span)?.name ?? "") || Object.keys(span.attributes).some((name) => ATTRIBUTES.test(name));
}

export function scopeOf(span: OtelReadableSpan): OtelScope | undefined {
  return span.instrumentationScope ?? span.instrumentationLibrary;
}

/** What an attribute says of the span's type. A part of what the collector reads; where both speak they say the same. */
const TYPES: readonly (readonly [name: string, types: Readonly<Record<string, SpanType>>])[] = [
  [
    "openinference.span.kind",
    { LLM: "COMPLETION", EMBEDDING: "COMPLETION", TOOL: "CODE_EXECUTION", AGENT: "AGENT_WORKFLOW" },
  ],
  ["langfuse.observation.type", { generation: "COMPLETION", tool: "CODE_EXECUTION", agent: "AGENT_WORKFLOW" }],
  [
    "gen_ai.operation.name",
    {
      chat: "COMPLETION",
      generate_content: "COMPLETION",
      text_completion: "COMPLETION",
      embeddings: "COMPLETION",
      execute_tool: "CODE_EXECUTION",
      invoke_agent: "AGENT_WORKFLOW",
    },
  ],
  ["traceloop.span.kind", { workflow: "AGENT_WORKFLOW", agent: "AGENT_WORKFLOW", tool: "CODE_EXECUTION" }],
  ["llm.request.type", { chat: "COMPLETION", completion: "COMPLETION", embedding: "COMPLETION" }],
];

/** The span's type by its attributes, for those who show it before a collector has read them. */
export function typeOf(attributes: object): SpanType | undefined {
  for (const [name, types] of TYPES) {
    const value = (attributes as Record<string, unknown>)[name];
    if (typeof value === "string" && Object.hasOwn(types, value)) return types[value];
  }
  return /\.do(?:Generate|Stream|Embed)$/.test(String((attributes as Record<string, unknown>)["ai.operationId"]))
    ? "COMPLETION"
    : undefined;
}
