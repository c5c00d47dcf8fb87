import type { Refusal } from "../../decoding/refusal.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { decodeOtlpJson } from "./decode-json.ts";
import { decodeOtlpProto } from "./decode-proto.ts";
import { normalizeSpan } from "./normalize-span.ts";
import { snapshotOfRecord } from "./record-snapshot.ts";
import type { DecodedOtlpRequest } from "./request-builder.ts";
import type { NormalizeSpan } from "./span-record.ts";

/** OTLP's `ExportTraceServiceRequest` in both its forms, from anybody's instrumentation, as snapshots. */

export type DecodedOtlp =
  | {
      readonly ok: true;
      readonly snapshots: readonly SpanSnapshot[];
      /** Spans without a usable id or time: the response's `partialSuccess` tells their number. */
      readonly rejectedSpans: number;
      /** Why, and warnings about the rest; empty when there is nothing to say. */
      readonly errorMessage: string;
    }
  | Refusal;

/** The request's spans. A span of ours comes back with its own ids, type, revision, payloads and data. Never throws. */
export function fromOtlpJson(body: unknown, normalize: NormalizeSpan = normalizeSpan): DecodedOtlp {
  return toSnapshots(decodeOtlpJson(body), normalize);
}

/** The same of the protobuf form, so that both forms mean the same. Never throws. */
export function fromOtlpProto(bytes: Uint8Array, normalize: NormalizeSpan = normalizeSpan): DecodedOtlp {
  return toSnapshots(decodeOtlpProto(bytes), normalize);
}

const MAX_MESSAGE_CHARACTERS = 1000;

function toSnapshots(request: DecodedOtlpRequest, normalize: NormalizeSpan): DecodedOtlp {
  if (!request.ok) return request;
  const reasons = new Set(request.reasons);
  const snapshots = request.spans.map((record) => {
    for (const mistake of record.mistakes) if (reasons.size < 10) reasons.add(mistake);
    return snapshotOfRecord(record, normalize);
  });
  const errorMessage = [...reasons].join("; ").slice(0, MAX_MESSAGE_CHARACTERS);
  return { ok: true, snapshots, rejectedSpans: request.rejectedSpans, errorMessage };
}
