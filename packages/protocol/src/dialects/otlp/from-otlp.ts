import type { Refusal } from "../../decoding/refusal.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { formatTimestamp } from "../../timestamp.ts";
import { decodeOtlpJson } from "./decode-json.ts";
import { decodeOtlpProto } from "./decode-proto.ts";
import { plainSpan } from "./normalize-span.ts";
import { snapshotOfRecord } from "./record-snapshot.ts";
import { type DecodedOtlpRequest, MAX_REASONS } from "./request-builder.ts";
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

export interface OtlpDecodeOptions {
  /** Reads attributes by their conventions. Default: all of them are data. */
  readonly normalize?: NormalizeSpan;
  /** When the request arrived, in microseconds since the epoch: a span that starts later is flagged. */
  readonly receivedMicros?: number;
}

/** The request's spans. A span of ours comes back with its own ids, type, revision, payloads and data. Never throws. */
export function fromOtlpJson(body: unknown, options: OtlpDecodeOptions = {}): DecodedOtlp {
  return toSnapshots(decodeOtlpJson(body), options);
}

/** The same of the protobuf form, so that both forms mean the same. Never throws. */
export function fromOtlpProto(bytes: Uint8Array, options: OtlpDecodeOptions = {}): DecodedOtlp {
  return toSnapshots(decodeOtlpProto(bytes), options);
}

const MAX_MESSAGE_CHARACTERS = 1000;
const AHEAD = "startTimeUnixNano is more than five minutes after the span arrived: the sender's clock is ahead";

/** Clocks of machines that are kept by the network differ by less; in microseconds. */
const CLOCK_TOLERANCE_MICROS = 300 * 1_000_000;

function toSnapshots(request: DecodedOtlpRequest, options: OtlpDecodeOptions): DecodedOtlp {
  if (!request.ok) return request;
  const { normalize = plainSpan, receivedMicros } = options;
  const latest = receivedMicros === undefined ? undefined : formatTimestamp(receivedMicros + CLOCK_TOLERANCE_MICROS);
  const reasons = new Set(request.reasons);
  const snapshots = request.spans.map((given) => {
    const isAhead = latest !== undefined && given.startTime > latest;
    const record = isAhead ? { ...given, mistakes: [...given.mistakes, AHEAD] } : given;
    for (const mistake of record.mistakes) if (reasons.size < MAX_REASONS) reasons.add(mistake);
    return snapshotOfRecord(record, normalize);
  });
  const errorMessage = [...reasons].join("; ").slice(0, MAX_MESSAGE_CHARACTERS);
  return { ok: true, snapshots, rejectedSpans: request.rejectedSpans, errorMessage };
}
