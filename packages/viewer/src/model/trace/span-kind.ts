/**
 * The 25 span types in seven kinds: as many as a reader can tell apart by colour and icon. The type's own name is
 * shown beside them, so colour is never the only sign.
 */
import type { SpanType } from "@everspan/protocol";

export const SPAN_KINDS = ["agent", "model", "tool", "retrieval", "check", "text", "other"] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export const KIND_WORDS: Readonly<Record<SpanKind, string>> = {
  agent: "Agents",
  model: "Models",
  tool: "Tools",
  retrieval: "Retrieval",
  check: "Checks",
  text: "Text",
  other: "Other",
};

const KIND_OF_TYPE: Readonly<Record<SpanType, SpanKind>> = {
  TEXT_INPUT: "text",
  TEXT_OUTPUT: "text",
  COMPLETION_INPUT: "model",
  COMPLETION: "model",
  KB_RETRIEVAL: "retrieval",
  KB_INPUT: "retrieval",
  RERANKING: "retrieval",
  EXTERNAL_ENDPOINT: "tool",
  PROMPT_ENGINEERING: "text",
  DOCUMENT_INPUT: "retrieval",
  MAP_REDUCE: "agent",
  DOCUMENT_SEARCH: "retrieval",
  DOCUMENT_PROMPT: "text",
  CUSTOM: "other",
  CODE_EXECUTION: "tool",
  DATA_MANIPULATION: "tool",
  EVALUATION: "check",
  FILE_RETRIEVAL: "retrieval",
  KB_ADD_CHUNK: "retrieval",
  KB_MANAGEMENT: "retrieval",
  GUARDRAIL: "check",
  TRACER: "agent",
  AGENT_TRACER: "agent",
  AGENT_WORKFLOW: "agent",
  STANDALONE: "other",
};

/** A type that this viewer doesn't know (a newer collector) is of kind `other`. */
export function spanKind(type: string): SpanKind {
  return (KIND_OF_TYPE as Readonly<Record<string, SpanKind | undefined>>)[type] ?? "other";
}

/** `CODE_EXECUTION` as `Code execution`, `KB_RETRIEVAL` as `KB retrieval`. */
export function spanTypeLabel(type: string): string {
  const words = type.toLowerCase().replaceAll("_", " ");
  return words.startsWith("kb ") ? `KB ${words.slice(3)}` : words.charAt(0).toUpperCase() + words.slice(1);
}
