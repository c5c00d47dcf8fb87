import { isSpanType, type SpanSnapshot } from "@everspan/protocol";
import { captureError, captureName, isObjectNode, type JsonNode, nodeOf } from "../capture/index.ts";
import { SpanRecord } from "../delivery/record/span-record.ts";
import type { SpanProcessor } from "./span-processor.ts";

export type Verdict =
  | { readonly kind: "record"; readonly record: SpanRecord }
  | { readonly kind: "lost"; readonly reason: "sampled" | "hook_failed"; readonly detail: string };

/** Runs the processors over a record's plain snapshot and captures what they changed. Never throws. */
export function applyProcessors(
  processors: readonly SpanProcessor[],
  record: SpanRecord,
  capture: (value: unknown) => JsonNode | undefined,
): Verdict {
  const original = record.toSnapshot();
  let snapshot = original;
  for (const processor of processors) {
    try {
      const answer: unknown = processor(snapshot);
      if (answer === null) return { kind: "lost", reason: "sampled", detail: "" };
      if (!isSnapshot(answer)) return failed(`expected a snapshot or null, got ${captureName(answer)}`);
      snapshot = answer;
    } catch (error) {
      return failed(captureError(error).message);
    }
  }
  try {
    return { kind: "record", record: snapshot === original ? record : recaptured(record, original, snapshot, capture) };
  } catch (error) {
    return failed(captureError(error).message);
  }
}

function failed(detail: string): Verdict {
  return { kind: "lost", reason: "hook_failed", detail };
}

/** A promise, an array or a bare word is no snapshot; a copy of one keeps its identity. */
function isSnapshot(answer: unknown): answer is SpanSnapshot {
  return typeof answer === "object" && answer !== null && typeof (answer as SpanSnapshot).name === "string";
}

/** Identity stays the record's own; payloads that the processors left alone stay shared. */
function recaptured(
  record: SpanRecord,
  original: SpanSnapshot,
  changed: SpanSnapshot,
  capture: (value: unknown) => JsonNode | undefined,
): SpanRecord {
  const payload = (field: "input" | "output" | "data"): JsonNode | undefined => {
    const value = changed[field];
    if (value === original[field]) return record[field];
    return (typeof value === "object" && value !== null ? nodeOf(value) : undefined) ?? capture(value);
  };
  const data = payload("data");
  return new SpanRecord({
    ...record,
    name: captureName(changed.name),
    status: changed.status === "ERROR" || changed.status === "CANCELED" ? changed.status : "OK",
    type: isSpanType(changed.type) ? changed.type : record.type,
    error: changed.error === undefined ? undefined : { ...changed.error },
    input: payload("input"),
    output: payload("output"),
    data: data === undefined || isObjectNode(data) ? data : capture({ value: changed.data }),
  });
}
