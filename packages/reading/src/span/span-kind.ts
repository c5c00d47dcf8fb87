import type { SpanType } from "@everspan/protocol";
import type { SpanKind } from "../form/span-reading.ts";
import type { ReadableSpan } from "./read-span.ts";

const KINDS: ReadonlyMap<SpanType, SpanKind> = new Map<SpanType, SpanKind>([
  ["COMPLETION", "model"],
  ["COMPLETION_INPUT", "model"],
  ["CODE_EXECUTION", "tool"],
  ["EXTERNAL_ENDPOINT", "tool"],
  ["DATA_MANIPULATION", "tool"],
  ["KB_RETRIEVAL", "retrieval"],
  ["DOCUMENT_SEARCH", "retrieval"],
  ["FILE_RETRIEVAL", "retrieval"],
  ["RERANKING", "retrieval"],
  ["AGENT_WORKFLOW", "agent"],
  ["AGENT_TRACER", "agent"],
  ["TRACER", "agent"],
]);

export function spanKindOf(span: Pick<ReadableSpan, "type">): SpanKind {
  return KINDS.get(span.type) ?? "other";
}
