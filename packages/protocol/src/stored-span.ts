import type { ProducerState } from "./producer-state.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";
import type { SpanUsage } from "./token-counts.ts";

/** What stands in a payload's place when it was left out of an answer for its size, or is lost. */
export interface OmittedPayload {
  readonly omitted: true;
  /** Size of the payload as JSON, in bytes. */
  readonly bytes: number;
  /** Why, when not for its size: it was lost to damage of the store. */
  readonly reason?: "missing";
  /** Its first words, for a line of a list. */
  readonly preview?: string;
}

/** The span at rest: the winning snapshot and what the collector derived from it. */
export interface StoredSpan extends SpanSnapshot {
  readonly durationMs?: number;
  readonly model?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
  /** Parts of the tokens, where the cost is from, and what contradicts itself; absent when nothing is known. */
  readonly usage?: SpanUsage;
  /** The producer that delivered it first, when it said who it is. */
  readonly producerId?: string;
  /** What is known of that process; only on a span that has not ended. */
  readonly producerState?: ProducerState;
}

/** The snapshot that stands: without what the collector derived. */
export function snapshotOfStored(span: StoredSpan): SpanSnapshot {
  const { durationMs, model, inputTokens, outputTokens, costUsd, usage, producerId, producerState, ...snapshot } = span;
  return snapshot;
}

/** The error type of a span that was ended for a process that died before it could. */
export const INTERRUPTED = "Interrupted";

export function isInterrupted(span: Pick<SpanSnapshot, "error">): boolean {
  return span.error?.type === INTERRUPTED;
}

export function isOmittedPayload(value: unknown): value is OmittedPayload {
  if (typeof value !== "object" || value === null) return false;
  const { omitted, bytes, reason } = value as OmittedPayload;
  const fields = 2 + Number("preview" in value) + Number(reason === "missing");
  return omitted === true && typeof bytes === "number" && Object.keys(value).length === fields;
}
