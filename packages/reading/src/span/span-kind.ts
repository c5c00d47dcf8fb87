import type { SpanType } from "@everspan/protocol";
import type { SpanKind } from "../form/span-reading.ts";
import { asRecord, own } from "../json/json-record.ts";
import type { ReadableSpan } from "./readable-span.ts";

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

/** An embedding is a model call too; SGP's types have no word for it, its attributes or its answer do. */
export function spanKindOf(span: Pick<ReadableSpan, "type" | "data" | "output">): SpanKind {
  const kind = KINDS.get(span.type) ?? "other";
  return kind === "model" && isEmbedding(span) ? "embedding" : kind;
}

function isEmbedding({ data, output }: Pick<ReadableSpan, "data" | "output">): boolean {
  const attributes = asRecord(data);
  if (own(attributes, "gen_ai.operation.name") === "embeddings") return true;
  if (own(attributes, "openinference.span.kind") === "EMBEDDING") return true;
  if (own(attributes, "langfuse.observation.type") === "embedding") return true;
  if (own(attributes, "llm.request.type") === "embedding") return true;
  if (/[eE]mbed/.test(String(own(attributes, "ai.operationId") ?? ""))) return true;
  const reply = asRecord(output);
  return (
    reply?.object === "list" && asRecord(Array.isArray(reply.data) ? reply.data[0] : undefined)?.embedding !== undefined
  );
}
