import type { SpanStatus } from "./span-snapshot.ts";
import type { StoredSpan } from "./stored-span.ts";

/** One line in the list of traces. Kept up to date on write, so that the list never reads spans. */
export interface TraceSummary {
  readonly traceId: string;
  readonly name: string;
  readonly service: string | null;
  readonly startTime: string;
  /** The latest end seen; null while nothing has ended. */
  readonly endTime: string | null;
  readonly durationMs: number | null;
  readonly spanCount: number;
  readonly errorCount: number;
  /** `ERROR` or `CANCELED` when the root span is; otherwise `OK`. Errors below the root are in `errorCount`. */
  readonly status: SpanStatus;
  /** True while a span of the trace has started and not ended. */
  readonly running: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly models: readonly string[];
}

/** `GET /api/traces` */
export interface TraceListResponse {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor: string | null;
}

/** `GET /api/traces/:traceId` */
export interface TraceResponse {
  readonly trace: TraceSummary;
  readonly spans: readonly StoredSpan[];
}

/** The body of every answer that is not a success. */
export interface ErrorResponse {
  readonly error: { readonly code: string; readonly message: string };
}
