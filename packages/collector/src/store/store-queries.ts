/** What a store is asked, as values: checked by whoever made them out of a request. */
import type { AggregateGroup, FacetField, SpanStatus, TraceSort, TraceState } from "@everspan/protocol";

/** Every field that is given must fit. */
export interface TraceQuery extends TraceFacetFilters {
  readonly limit: number;
  /** Default `-startTime`. */
  readonly sort?: TraceSort;
  /** Where the page before ended; `TracePage.nextCursor` of a query with the same sort. */
  readonly cursor?: TraceCursor;
  /** Part of the name, in any case, or the beginning of the trace id. */
  readonly text?: string;
  /**
   * A status of traces that do not run, or a state: `RUNNING`, a span has not ended; `STALLED`, `LOST`, `UNENDED`,
   * `INTERRUPTED`, such a span is in it; `PARTIAL`, records were dropped, the root is missing, or a payload was cut.
   */
  readonly status?: SpanStatus | TraceState;
  /** Bounds of the start: from `fromMicros` on, and before `toMicros`; microseconds since the epoch. */
  readonly fromMicros?: number;
  readonly toMicros?: number;
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  /** Input and output together. */
  readonly minTokens?: number;
  readonly maxTokens?: number;
  readonly minCostUsd?: number;
  readonly maxCostUsd?: number;
}

/** A value that the trace, or one of its spans, has. */
export type TraceFacetFilters = { readonly [Field in Exclude<FacetField, "status">]?: string };

export interface TraceCursor {
  readonly key: number;
  readonly traceId: string;
}

export interface TraceSpansQuery {
  /** A payload whose JSON is larger comes as `{omitted: true, bytes}`; `Infinity` for all. */
  readonly payloadLimitBytes: number;
  /** Spans of one page at most. Default `MAX_TRACE_PAGE_SPANS`. */
  readonly limit?: number;
  /** Bytes of JSON after which a page ends; it holds at least one span. Default `MAX_TRACE_PAGE_BYTES`. */
  readonly maxBytes?: number;
  /** `SpansOfTrace.nextCursor` of the page before. */
  readonly cursor?: string;
  /** Only spans that changed after this revision of the trace. Default: all, by start time, then id. */
  readonly since?: number;
}

export interface SpanQuery {
  readonly traceId?: string;
  readonly taskId?: string;
  readonly limit: number;
  readonly offset: number;
  readonly orderBy: SpanOrderKey;
  readonly descending: boolean;
}

export const SPAN_ORDER_KEYS = ["start_time", "end_time", "name", "id"] as const;
export type SpanOrderKey = (typeof SPAN_ORDER_KEYS)[number];

export interface SpanIdentity {
  readonly traceId: string;
  readonly spanId: string;
}

/** Every field that is given must fit. */
export interface SpanSearch {
  readonly traceIds?: readonly string[];
  readonly spanIds?: readonly string[];
  readonly taskIds?: readonly string[];
  readonly names?: readonly string[];
  readonly types?: readonly string[];
  readonly statuses?: readonly SpanStatus[];
  /** Only spans without a parent. */
  readonly rootsOnly?: boolean;
  readonly parentIds?: readonly string[];
  /** Spans by both their ids. */
  readonly spans?: readonly SpanIdentity[];
  readonly excludedTraceIds?: readonly string[];
  readonly excludedSpanIds?: readonly string[];
  readonly excludedSpans?: readonly SpanIdentity[];
  /** Bounds of the start, both within; microseconds since the epoch. */
  readonly fromMicros?: number;
  readonly toMicros?: number;
  /** Bounds of the duration, both within. A span that has not ended is longer than any. */
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  /** Those from here on are compared with the payloads of what fits otherwise, see `span-match.ts`. */
  readonly texts?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly obsTraceIds?: readonly string[];
  readonly obsSpanIds?: readonly string[];
  readonly acpTypes?: readonly string[];
  readonly agentIds?: readonly string[];
  readonly agentNames?: readonly string[];
  readonly variantIds?: readonly string[];
  /** The id of the last span of the page before; of one that does not fit, nothing follows. */
  readonly after?: string;
  /** The id of the first span of the page after: the page ends before it. Not with `after`. */
  readonly before?: string;
  readonly limit: number;
  readonly descending: boolean;
}

export interface FacetsQuery {
  readonly fields: readonly FacetField[];
  /** Values that begin so, in any case. */
  readonly prefix?: string;
  /** Values of each field at most. */
  readonly limit: number;
  /** Counts only the traces that fit; of more than 2,000 those that started last. */
  readonly of?: TraceFilter;
}

/** Which traces, without the order and the page. */
export type TraceFilter = Omit<TraceQuery, "limit" | "sort" | "cursor">;

export interface SearchQuery {
  /** Words, `prefixes*`, and `"phrases in quotes"`: all of them. */
  readonly text: string;
  /** Only within this trace. */
  readonly traceId?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface AggregatesQuery {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly bucket: "hour" | "day";
  readonly by?: AggregateGroup;
}

export interface SessionQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly user?: string;
}

export type DeletionQuery =
  | { readonly traceIds: readonly string[] }
  | { readonly session: string }
  | { readonly user: string };

export interface RetentionPolicy {
  /** Wall clock, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Traces to which nothing was added for longer are due. Default: none by age. */
  readonly maxAgeMs?: number;
  /** While the store holds more, those to which nothing was added for longest are due. Default: none by size. */
  readonly maxBytes?: number;
  readonly sliceMs: number;
}
