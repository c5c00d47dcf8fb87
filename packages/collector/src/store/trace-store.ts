/**
 * The storage seam: everything the collector asks of a store, and nothing of how one works. Reading and writing are
 * separate contracts, since a process may have only one of them. `trace-store.contract.ts` runs against every store.
 */
import type {
  MergeVerdict,
  ProducerReport,
  ProducerState,
  ProducerSummary,
  SpanSnapshot,
  SpanStatus,
  StoredSpan,
  TraceSummary,
} from "@everspan/protocol";

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
   * Takes what a producer says of itself. By it the producer is `running`, or `ended` when it says goodbye; what was
   * overtaken by something newer changes neither.
   */
  hear(project: string, word: ProducerWord): Promise<void>;

  /**
   * Something else than its own word tells how a producer is.
   * @param words `StoredProducer.words` as it was when that was found out
   * @returns false when nothing was changed: it was heard meanwhile, or is unknown
   */
  setProducerState(project: string, producerId: string, state: ProducerState, words: number): Promise<boolean>;

  /** Waits for what was accepted, then releases the medium. The store is unusable afterwards. */
  close(): Promise<void>;
}

export interface WriteOptions {
  /** `merge` (default) applies the merge rule; `insert` refuses spans that exist, also twice in one call. */
  readonly mode?: "merge" | "insert";
  /**
   * Which of two snapshots of one phase is newer. `revision` (default): the higher revision. `arrival`: the later one,
   * for dialects whose senders number nothing; an identical one is still a duplicate.
   */
  readonly order?: "revision" | "arrival";
  /** Who sends them, heard in the same transaction. New spans are this producer's from then on. */
  readonly producer?: ProducerWord;
}

/** What a producer said, with a batch or between two, and when. */
export interface ProducerWord {
  readonly report: ProducerReport;
  /** With a batch: the number of its first record; the last is `report.lastSeq`. */
  readonly firstSeq?: number;
  readonly goodbye: boolean;
  /** Wall clock of the collector, in milliseconds since the epoch. */
  readonly heardAtMs: number;
  /** The service that its spans name; null when none came along. */
  readonly service: string | null;
}

export type SpanChange = (current: SpanSnapshot) => SpanSnapshot;

export interface TraceReader {
  /** One page of a project's traces. Reads summaries only: its cost does not depend on the number of spans. */
  listTraces(project: string, query: TraceQuery): Promise<TracePage>;

  /**
   * A trace's summary and all its spans, by start time, then id.
   * @param payloadLimitBytes a payload whose JSON is larger comes as `{omitted: true, bytes}`; `Infinity` for all
   * @returns undefined for an unknown id
   */
  getTrace(project: string, traceId: string, payloadLimitBytes: number): Promise<StoredTrace | undefined>;

  /** One span with whole payloads, or undefined for an unknown id. */
  getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined>;

  /** The span with this id in whatever trace; where several traces have one, the last first seen. */
  findSpan(project: string, spanId: string): Promise<StoredSpan | undefined>;

  /** One page of the spans of a trace or task, with whole payloads. */
  listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]>;

  /** One page of the spans that fit, with whole payloads, by start time, then id. */
  searchSpans(project: string, search: SpanSearch): Promise<SpanPage>;

  stats(project: string): Promise<StoreStats>;

  getProducer(project: string, producerId: string): Promise<StoredProducer | undefined>;

  /** Those heard last first. */
  listProducers(project: string, query: ProducerQuery): Promise<readonly ProducerSummary[]>;

  /** Traces in which spans of this producer have not ended. */
  openTraceIds(project: string, producerId: string): Promise<readonly string[]>;

  /** The producers that delivered these spans first, without repetition. */
  producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]>;
}

export type TraceStore = TraceWriter & TraceReader;

/** What a list of traces can be ordered by; `-` in front means the greatest first. */
export const TRACE_SORT_KEYS = ["startTime", "durationMs", "spanCount", "errorCount", "costUsd"] as const;
export type TraceSortKey = (typeof TRACE_SORT_KEYS)[number];
export type TraceSort = TraceSortKey | `-${TraceSortKey}`;

export interface TraceQuery {
  readonly limit: number;
  /** Default `-startTime`. */
  readonly sort?: TraceSort;
  /** Where the page before ended; `TracePage.nextCursor` of a query with the same sort. */
  readonly cursor?: TraceCursor;
  /** Part of the name, in any case, or the beginning of the trace id. */
  readonly text?: string;
  /** `RUNNING`: a span has not ended. */
  readonly status?: "OK" | "ERROR" | "CANCELED" | "RUNNING";
  /** A type that one of the spans has. */
  readonly type?: string;
  readonly service?: string;
  /** Bounds of the start: from `fromMicros` on, and before `toMicros`; microseconds since the epoch. */
  readonly fromMicros?: number;
  readonly toMicros?: number;
  readonly minDurationMs?: number;
}

export interface TraceCursor {
  readonly key: number;
  readonly traceId: string;
}

export interface TracePage {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor: TraceCursor | null;
}

export interface StoredTrace {
  readonly trace: TraceSummary;
  readonly spans: readonly StoredSpan[];
  /** Those of its spans that are known. */
  readonly producers: readonly ProducerSummary[];
}

export interface StoredProducer {
  readonly producer: ProducerSummary;
  /** How often it was heard. */
  readonly words: number;
}

export interface SpanKey {
  readonly traceId: string;
  readonly id: string;
}

export interface ProducerQuery {
  readonly limit: number;
  /** Default: all. */
  readonly states?: readonly ProducerState[];
}

export interface SpanQuery {
  readonly traceId?: string;
  readonly taskId?: string;
  readonly limit: number;
  readonly offset: number;
  readonly orderBy: SpanOrderKey;
  readonly descending: boolean;
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
  /** The id of the last span of the page before; of one that does not fit, nothing follows. */
  readonly after?: string;
  readonly limit: number;
  readonly descending: boolean;
}

export interface SpanPage {
  readonly spans: readonly StoredSpan[];
  readonly hasMore: boolean;
}

export const SPAN_ORDER_KEYS = ["start_time", "end_time", "name", "id"] as const;
export type SpanOrderKey = (typeof SPAN_ORDER_KEYS)[number];

export interface StoreStats {
  readonly traces: number;
  readonly spans: number;
  readonly runningTraces: number;
  /** Bytes of the medium in use. */
  readonly storedBytes: number;
}

/** The store can't keep up. Nothing was written. */
export class StoreBusyError extends Error {
  override readonly name = "StoreBusyError";
}

/** The medium failed. Nothing was written; the same write may succeed later. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** An insert met a span that exists. Nothing was written. */
export class SpanExistsError extends Error {
  override readonly name = "SpanExistsError";
  readonly spanId: string;

  constructor(spanId: string) {
    super("a span with this id exists");
    this.spanId = spanId;
  }
}
