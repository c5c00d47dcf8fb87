import type { SpanError, SpanStatus } from "../../span-snapshot.ts";
import type { SpanType } from "../../span-type.ts";

/**
 * A span as OTLP has it, whatever form it came in: ids and times checked, attributes as plain JSON, and nothing that
 * the request says left out. What it means (messages, types, usage) is not decided here.
 */
export interface OtlpSpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  /** W3C trace flags in the low byte. */
  readonly flags?: number;
  readonly name: string;
  readonly kind: OtlpKind;
  /** RFC 3339 with microseconds. */
  readonly startTime: string;
  /** Absent while the span has not ended. Never before the start. */
  readonly endTime?: string;
  readonly status: OtlpStatus;
  readonly attributes: OtlpAttributes;
  readonly events: readonly OtlpSpanEvent[];
  readonly links: readonly OtlpSpanLink[];
  /** How many the sender itself left out; absent when none. */
  readonly dropped?: { readonly attributes?: number; readonly events?: number; readonly links?: number };
  readonly scope: OtlpScope;
  readonly resource: OtlpResource;
  /** What is wrong with the span and did not cost it, in sentences. */
  readonly mistakes: readonly string[];
}

export type OtlpAttributes = Record<string, unknown>;

export const OTLP_KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const;
export type OtlpKind = (typeof OTLP_KINDS)[number];

export const OTLP_STATUS_CODES = ["UNSET", "OK", "ERROR"] as const;

export interface OtlpStatus {
  readonly code: (typeof OTLP_STATUS_CODES)[number];
  readonly message?: string;
}

export interface OtlpSpanEvent {
  readonly name: string;
  /** RFC 3339; null when it has none. */
  readonly time: string | null;
  readonly attributes: OtlpAttributes;
  readonly droppedAttributes?: number;
}

export interface OtlpSpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly attributes: OtlpAttributes;
  readonly droppedAttributes?: number;
}

export interface OtlpScope {
  readonly name: string;
  readonly version?: string;
  readonly attributes?: OtlpAttributes;
  readonly droppedAttributes?: number;
  readonly schemaUrl?: string;
}

export interface OtlpResource {
  readonly attributes: OtlpAttributes;
  readonly droppedAttributes?: number;
  readonly schemaUrl?: string;
}

/** What a span's attributes mean, once somebody who knows their conventions has read them. */
export interface NormalizedSpan {
  readonly type?: SpanType;
  readonly name?: string;
  readonly taskId?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  /** Attributes that became none of the above, under their own names. */
  readonly data: Record<string, unknown>;
  readonly status?: SpanStatus;
  readonly error?: SpanError;
  /** For each event whether it became part of input or output. */
  readonly takenEvents?: readonly boolean[];
}

/** Reads attributes by their conventions. Total: what it does not know stays in `data`. */
export type NormalizeSpan = (
  span: Pick<OtlpSpanRecord, "name" | "kind" | "status" | "attributes" | "events" | "scope" | "resource">,
) => NormalizedSpan;
