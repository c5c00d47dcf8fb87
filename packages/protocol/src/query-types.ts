import type { ProducerLedger } from "./dialects/native/producer-report.ts";
import type { ProducerState } from "./producer-state.ts";
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
  /** True while a span of the trace has started and not ended, and may still: its process is not known to be gone. */
  readonly running: boolean;
  /** Of the spans that have not ended: those whose process is silent though it should not be. */
  readonly stalledCount: number;
  /** Those whose process is lost. */
  readonly lostCount: number;
  /** Those whose process ended without ending them. */
  readonly leftOpenCount: number;
  /** Spans that were ended for a process that died, when its spool was recovered. */
  readonly interruptedCount: number;
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
  /** The processes that its spans came from, as far as they said so. */
  readonly producers: readonly ProducerSummary[];
}

/** One lane of one SDK instance in one life of a process, by what it last said of itself. */
export interface ProducerSummary {
  readonly id: string;
  readonly state: ProducerState;
  readonly service: string | null;
  readonly host: string | null;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly lastSeen: string;
  /** Its interval, in milliseconds; 0 when it sends no heartbeats; null when it did not say. */
  readonly heartbeatMs: number | null;
  readonly openSpans: number;
  readonly ledger: ProducerLedger | null;
  /** Records it numbered that did not arrive: they are on their way, were given up, or came from another process. */
  readonly missingRecords: number;
}

/** `GET /api/producers`, those heard last first. */
export interface ProducerListResponse {
  readonly producers: readonly ProducerSummary[];
}

/** The body of every answer that is not a success. */
export interface ErrorResponse {
  readonly error: { readonly code: string; readonly message: string };
}
