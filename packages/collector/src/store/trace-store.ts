/**
 * The storage seam: everything the collector asks of a store, and nothing of how one works. Reading and writing are
 * separate contracts, since a process may have only one of them. `trace-store.contract.ts` runs against every store;
 * what a store may leave out is named in `capabilities.ts`.
 */
import type {
  AggregatesResponse,
  DeletionResponse,
  FacetField,
  FacetValue,
  MergeVerdict,
  ProducerSummary,
  SearchHit,
  SessionSummary,
  SpanSnapshot,
  StoredSpan,
  TraceSummary,
} from "@everspan/protocol";
import type { StoreCapability } from "./capabilities.ts";
import type { ProducerStore, ReceivedReport } from "./producer-store.ts";
import type {
  AggregatesQuery,
  DeletionQuery,
  FacetsQuery,
  RetentionPolicy,
  SearchQuery,
  SessionQuery,
  SpanQuery,
  SpanSearch,
  TraceCursor,
  TraceQuery,
  TraceSpansQuery,
} from "./store-queries.ts";

export * from "./producer-store.ts";
export * from "./store-errors.ts";
export * from "./store-queries.ts";

export interface TraceWriter {
  /**
   * Merges snapshots into the spans of a project and keeps the traces' summaries true, all or nothing.
   *
   * Resolves only when the result is durable: it survives the death of the process and a power cut of the machine.
   * The snapshots remain the caller's and are not changed; the store keeps no reference to them afterwards.
   * @returns one verdict for each snapshot, in their order
   * @throws StoreBusyError when the store's queue is full: nothing was written, try again later
   * @throws StoreUnavailableError when the medium fails (full disk, I/O error): nothing was written
   * @throws SpanExistsError with `mode: "insert"`, when one of the spans is there already: nothing was written
   * @throws SpanRefusedError when a span goes beyond a bound of the store: nothing was written
   * @throws WriteTooLargeError when too much is to be compared for one write: nothing was written, send fewer spans
   */
  write(project: string, snapshots: readonly SpanSnapshot[], options?: WriteOptions): Promise<readonly MergeVerdict[]>;

  /**
   * Changes the latest span with this id, with no other write between reading and writing it.
   * @param change gets the whole stored snapshot and gives the next one: the same key and, to take effect, a higher
   *   revision, since the merge rule holds here too; what it throws rejects the promise
   * @returns the span as it then stands, or undefined when the id is unknown
   */
  patch(project: string, spanId: string, change: SpanChange): Promise<StoredSpan | undefined>;

  /**
   * Removes traces with all that belongs to them. What arrives for them within a week is refused in silence, so that
   * a late retry does not bring back a part of what was deleted.
   * @throws UnsupportedByStoreError without the capability `deletion`
   */
  deleteTraces(project: string, query: DeletionQuery): Promise<DeletionResponse>;

  /** Keeps a trace whatever its age, or no longer. @returns false for an unknown id */
  pin(project: string, traceId: string, pinned: boolean): Promise<boolean>;

  /**
   * One slice of retention in all projects: removes traces that are due, at most for `sliceMs`.
   * @returns whether traces that are due are left
   */
  expire(policy: RetentionPolicy): Promise<{ readonly deletedTraces: number; readonly hasMore: boolean }>;

  /** Waits for what was accepted, then releases the medium. The store is unusable afterwards. */
  close(): Promise<void>;
}

export interface WriteOptions {
  /** `merge` (default) applies the merge rule; `insert` refuses spans that exist, also twice in one call. */
  readonly mode?: "merge" | "insert";
  /**
   * Which of two snapshots of one phase is newer. `revision` (default): the higher revision. `arrival`: the later one,
   * for dialects whose senders number nothing; an identical one is still a duplicate. `pieces`: neither, each is a part
   * of the span, joined with what is stored by `joinPieces`, so the order in which they arrive does not matter.
   */
  readonly order?: "revision" | "arrival" | "pieces";
  /** Size of the request that they came in, for the bound of what waits. Default: unknown. */
  readonly bytes?: number;
  /** Who sends them; the report is stored in the same transaction. New spans are this producer's from then on. */
  readonly producer?: ReceivedReport;
}

export type SpanChange = (current: SpanSnapshot) => SpanSnapshot;

export interface TraceReader {
  readonly capabilities: ReadonlySet<StoreCapability>;

  /** One page of a project's traces. Reads summaries only: its cost does not depend on the number of spans. */
  listTraces(project: string, query: TraceQuery): Promise<TracePage>;

  /**
   * A trace's summary and one page of its spans.
   * @returns undefined for an unknown id
   * @throws BadCursorError
   */
  readTrace(project: string, traceId: string, query: TraceSpansQuery): Promise<SpansOfTrace | undefined>;

  /** One span with whole payloads, or undefined for an unknown id. */
  getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined>;

  /** The same as JSON text: every number as it was sent. */
  readSpan(project: string, traceId: string, spanId: string): Promise<string | undefined>;

  /** The span with this id in whatever trace; where several traces have one, the last first seen. */
  findSpan(project: string, spanId: string): Promise<StoredSpan | undefined>;

  /**
   * One page of the spans of a trace or task. Payloads are whole until the answer holds `MAX_ANSWER_BYTES`; those of
   * later spans are left out as in `TraceSpansQuery.payloadLimitBytes`.
   */
  listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]>;

  /** One page of the spans that fit, with whole payloads, by start time, then id; short when it holds many bytes. */
  searchSpans(project: string, search: SpanSearch): Promise<SpanPage>;

  stats(project: string): Promise<StoreStats>;

  /** The most frequent values. @throws UnsupportedByStoreError without the capability `facets` */
  facets(project: string, query: FacetsQuery): Promise<Partial<Record<FacetField, readonly FacetValue[]>>>;

  /** @throws UnsupportedByStoreError without the capability `search`; BadCursorError */
  searchText(project: string, query: SearchQuery): Promise<SearchPage>;

  /** @throws UnsupportedByStoreError without the capability `aggregates` */
  aggregates(project: string, query: AggregatesQuery): Promise<AggregatesResponse>;

  /** @throws UnsupportedByStoreError without the capability `sessions`; BadCursorError */
  listSessions(project: string, query: SessionQuery): Promise<SessionPage>;
}

/** Spans, read and written. */
export type SpanStore = TraceWriter & TraceReader;

/** All that the collector keeps. */
export type TraceStore = SpanStore & ProducerStore;

export interface TracePage {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor: TraceCursor | null;
}

export interface SpansOfTrace {
  readonly trace: TraceSummary;
  /**
   * JSON text of an array of `StoredSpan`, spliced from what is stored: nothing is parsed and written again, so a number
   * is the text that was sent.
   */
  readonly spansJson: string;
  /** Those of the page's spans that are known. */
  readonly producers: readonly ProducerSummary[];
  readonly nextCursor: string | null;
}

export interface SpanPage {
  readonly spans: readonly StoredSpan[];
  readonly hasMore: boolean;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  readonly nextCursor: string | null;
  readonly indexedUpTo: string | null;
}

export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  readonly nextCursor: string | null;
}

export interface StoreStats {
  readonly traces: number;
  readonly spans: number;
  readonly runningTraces: number;
  /** Bytes of the medium in use. */
  readonly storedBytes: number;
}
