/**
 * The 25 span types of Scale GenAI Platform's spans API, which Everspan takes as its own vocabulary:
 * every dialect maps to and from these names.
 */
export const SPAN_TYPES = [
  "TEXT_INPUT",
  "TEXT_OUTPUT",
  "COMPLETION_INPUT",
  "COMPLETION",
  "KB_RETRIEVAL",
  "KB_INPUT",
  "RERANKING",
  "EXTERNAL_ENDPOINT",
  "PROMPT_ENGINEERING",
  "DOCUMENT_INPUT",
  "MAP_REDUCE",
  "DOCUMENT_SEARCH",
  "DOCUMENT_PROMPT",
  "CUSTOM",
  "CODE_EXECUTION",
  "DATA_MANIPULATION",
  "EVALUATION",
  "FILE_RETRIEVAL",
  "KB_ADD_CHUNK",
  "KB_MANAGEMENT",
  "GUARDRAIL",
  "TRACER",
  "AGENT_TRACER",
  "AGENT_WORKFLOW",
  "STANDALONE",
] as const;

export type SpanType = (typeof SPAN_TYPES)[number];

/** What a span is when nobody said: Agentex's default. */
export const DEFAULT_SPAN_TYPE: SpanType = "STANDALONE";

const KNOWN_SPAN_TYPES: ReadonlySet<string> = new Set(SPAN_TYPES);

export function isSpanType(value: unknown): value is SpanType {
  return typeof value === "string" && KNOWN_SPAN_TYPES.has(value);
}
