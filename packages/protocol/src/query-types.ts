import type { ProducerLedger } from "./dialects/native/producer-report.ts";
import type { CutText } from "./payload/cut-texts.ts";
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
  /** Causes: spans that failed and hold no other that failed. One fault that passes through four spans counts once. */
  readonly errorCount: number;
  /** All spans that failed, those that only passed a fault on among them. */
  readonly failedSpanCount: number;
  /** That of the root span; while the root is not there, of the earliest span. */
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
  /** US dollars of the spans whose cost is known, each call once; null when it is known of none. */
  readonly costUsd: number | null;
  /** Spans that state usage which another span reports too: they are not in the sums. Absent when there is none. */
  readonly repeatedReports?: number | undefined;
  readonly models: readonly string[];
  /** True while no span of the trace is without a parent: its beginning is missing, or lies in another system. */
  readonly missingRoot: boolean;
  /** Records that the processes of this trace dropped while they were sending it, of this trace or of another. */
  readonly droppedRecords: number;
  /** Spans with a payload that the SDK cut for its size. */
  readonly cutPayloadCount: number;
  /** What the run was asked and what it answered: the first `PREVIEW_CHARACTERS` of each, null when unknown. */
  readonly asked: string | null;
  readonly answered: string | null;
  readonly session: string | null;
  readonly user: string | null;
  readonly environment: string | null;
  /** Sorted, without repetition. */
  readonly tags: readonly string[];
  /** Kept whatever its age. */
  readonly pinned: boolean;
  /** Grows with each change of the trace; `?since=` takes it. */
  readonly revision: number;
}

/** Length of `asked` and `answered`, at most. */
export const PREVIEW_CHARACTERS = 200;

/** What a list of traces can be ordered by; `-` in front means the greatest first. */
export const TRACE_SORT_KEYS = [
  "startTime",
  "durationMs",
  "spanCount",
  "errorCount",
  "costUsd",
  "tokens",
  "arrival",
] as const;
export type TraceSortKey = (typeof TRACE_SORT_KEYS)[number];
export type TraceSort = TraceSortKey | `-${TraceSortKey}`;

/** States beside the status of the root: what became of a trace's spans. */
export const TRACE_STATES = ["RUNNING", "STALLED", "LOST", "UNENDED", "INTERRUPTED", "PARTIAL"] as const;
export type TraceState = (typeof TRACE_STATES)[number];

/** `GET /api/traces` */
export interface TraceListResponse {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor: string | null;
}

/**
 * `GET /api/traces/:traceId`: one page, at most 2,000 spans or 4 MB. By start time, then id; with `?since=REVISION` the
 * spans that changed after that revision, in no particular order.
 */
export interface TraceResponse {
  readonly trace: TraceSummary;
  readonly spans: readonly StoredSpan[];
  /** `?cursor=` of the next page; null on the last one. */
  readonly nextCursor: string | null;
  /** The processes that its spans came from, as far as they said so. */
  readonly producers: readonly ProducerSummary[];
}

/** `GET /api/traces/:traceId/spans/:spanId?textLimit=`: a span whose texts are no longer than that. */
export interface ReadSpan extends StoredSpan {
  /** Those that are only their beginnings; absent: it is whole. */
  readonly cutTexts?: readonly CutText[];
}

/**
 * `GET /api/traces/:traceId/messages?cursor=`: what each model call of a trace was sent, as hashes, in the order of
 * `GET /api/traces/:traceId`. An agent sends its history again at each step: so a reader learns what is new, changed or
 * gone without the payloads, and loads those of the calls it looks at.
 */
export interface SentMessagesResponse {
  /** Each message of the page once. */
  readonly messages: readonly SentMessage[];
  readonly calls: readonly SentCall[];
  readonly nextCursor: string | null;
}

export interface SentMessage {
  /** Equal for messages that say the same, whatever the call. */
  readonly hash: string;
  readonly role: string;
  /** Of its text. */
  readonly characters: number;
}

export interface SentCall {
  readonly spanId: string;
  /** Indexes in the page's `messages`, in the order in which they were sent. */
  readonly sent: readonly number[];
  /** Of the tools that it was offered; null when it was offered none. */
  readonly toolsHash: string | null;
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

/** Of the traces that fit a filter, `GET /api/facets` counts the newest, so many at most. */
export const MAX_COUNTED_TRACES = 2000;

/** What a list of traces can be narrowed by through equality; also the fields of `GET /api/facets`. */
export const FACET_FIELDS = [
  "service",
  "name",
  "type",
  "model",
  "tool",
  "status",
  "errorType",
  "session",
  "user",
  "environment",
  "tag",
] as const;
export type FacetField = (typeof FACET_FIELDS)[number];

export interface FacetValue {
  readonly value: string;
  /** Traces that have it. */
  readonly count: number;
}

/** `GET /api/facets?field=&prefix=`: the most frequent values of each field. */
export interface FacetsResponse {
  readonly facets: Readonly<Partial<Record<FacetField, readonly FacetValue[]>>>;
}

/** What aggregates are grouped by; `tool` is the name of a tool that was called, null for spans that are no call of one. */
export const AGGREGATE_GROUPS = ["service", "model", "tool", "type", "name"] as const;
export type AggregateGroup = (typeof AGGREGATE_GROUPS)[number];

/** `GET /api/aggregates?from=&to=&bucket=hour|day&by=`: spans by their start. */
export interface AggregatesResponse {
  readonly bucketMs: number;
  readonly rows: readonly AggregateRow[];
}

export interface AggregateRow {
  /** Start of the bucket. */
  readonly time: string;
  /** Value of the group; null for spans without one, and when nothing is grouped. */
  readonly group: string | null;
  readonly spanCount: number;
  readonly failedSpanCount: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars of the spans whose cost is known; null when none is known to have cost anything. */
  readonly costUsd: number | null;
  /** Estimates from a histogram, at most 10 % off; null while nothing has ended. */
  readonly durationMs: Readonly<Record<"p50" | "p90" | "p95" | "p99", number>> | null;
}

/** `GET /api/search?q=&traceId=&cursor=`, newest traces first. */
export interface SearchResponse {
  readonly hits: readonly SearchHit[];
  readonly nextCursor: string | null;
  /** Everything that was stored until this instant was looked at; null: everything there is. */
  readonly indexedUpTo: string | null;
}

export interface SearchHit {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceName: string;
  readonly spanName: string;
  readonly startTime: string;
  /** Where the words stand. */
  readonly place: "name" | "input" | "output" | "data" | "error";
  readonly snippet: string;
  /** Parts of the snippet that were found: index of the first character, and of the one after the last. */
  readonly marks: readonly (readonly [from: number, to: number])[];
}

/** `GET /api/sessions`, the latest first. */
export interface SessionListResponse {
  readonly sessions: readonly SessionSummary[];
  readonly nextCursor: string | null;
}

export interface SessionSummary {
  readonly session: string;
  readonly user: string | null;
  readonly traceCount: number;
  /** Traces whose status is `ERROR`. */
  readonly errorCount: number;
  readonly startTime: string;
  readonly endTime: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars of the traces whose cost is known; null when it is known of none. */
  readonly costUsd: number | null;
}

/** `DELETE /api/traces/:traceId` and deletions by session or user. */
export interface DeletionResponse {
  readonly deletedTraces: number;
  readonly deletedSpans: number;
}
