/** The embedded store: one SQLite file, one writer. */
import type {
  AggregatesResponse,
  DeletionResponse,
  FacetField,
  FacetValue,
  MergeVerdict,
  ProducerState,
  ProducerSummary,
  SpanSnapshot,
  StoredSpan,
} from "@everspan/protocol";
import { STORE_CAPABILITIES, type StoreCapability } from "../capabilities.ts";
import type {
  AggregatesQuery,
  DeletionQuery,
  FacetsQuery,
  ProducerQuery,
  ReceivedReport,
  RetentionPolicy,
  SearchPage,
  SearchQuery,
  SessionPage,
  SessionQuery,
  SpanChange,
  SpanKey,
  SpanPage,
  SpanQuery,
  SpanSearch,
  SpansOfTrace,
  StoredProducer,
  StoreStats,
  TracePage,
  TraceQuery,
  TraceSpansQuery,
  TraceStore,
  WriteOptions,
} from "../trace-store.ts";
import { idToBytes } from "./schema/id-bytes.ts";
import { openTables, type Tables } from "./tables.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { toSnapshot } from "./writing/span-row.ts";
import { WriteQueue } from "./writing/write-queue.ts";

export interface SqliteTraceStoreOptions {
  /** File, or `:memory:`. */
  readonly path: string;
  /** Records that may wait for their commit. Default 20 000. */
  readonly maxQueuedRecords?: number;
  /** Wall clock in milliseconds, for arrivals. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** Told of what happens behind the writes and is nobody's request. Default: silent. */
  readonly onProblem?: (message: string) => void;
}

const PIN = "UPDATE traces SET pinned = ? WHERE project = ? AND trace_id = ?";

export class SqliteTraceStore implements TraceStore {
  readonly capabilities: ReadonlySet<StoreCapability> = new Set(STORE_CAPABILITIES);
  readonly #tables: Tables;
  readonly #queue: WriteQueue;
  readonly #upkeep: Upkeep;
  readonly #nowMs: () => number;
  #closing: Promise<void> | undefined;

  /** @throws Error that says why the file can't be used */
  constructor(options: SqliteTraceStoreOptions) {
    this.#nowMs = options.nowMs ?? Date.now;
    this.#tables = openTables(options.path);
    this.#queue = new WriteQueue(this.#tables.database, {
      maxRecords: options.maxQueuedRecords ?? 20_000,
      onRollback: () => this.#tables.forget(),
    });
    this.#upkeep = new Upkeep({
      path: options.path,
      tables: this.#tables,
      queue: this.#queue,
      nowMs: this.#nowMs,
      onProblem: options.onProblem ?? (() => {}),
    });
  }

  async write(
    project: string,
    snapshots: readonly SpanSnapshot[],
    options: WriteOptions = {},
  ): Promise<readonly MergeVerdict[]> {
    const write = () => this.#tables.writer.write(project, snapshots, options, this.#nowMs());
    const verdicts = await this.#queue.run(snapshots.length, write, options.bytes);
    this.#upkeep.noteWrite();
    return verdicts;
  }

  async patch(project: string, spanId: string, change: SpanChange): Promise<StoredSpan | undefined> {
    await this.#upkeep.fetchSpan(project, spanId);
    const { projects, reader, writer } = this.#tables;
    return this.#queue.run(1, () => {
      const number = projects.find(project);
      const current = number === undefined ? undefined : reader.findSpan(number, spanId);
      if (number === undefined || current === undefined) return undefined;
      writer.write(project, [change(toSnapshot(current))], {}, this.#nowMs());
      const json = reader.readSpan(number, current.traceId, spanId);
      return json === undefined ? undefined : (JSON.parse(json) as StoredSpan);
    });
  }

  report(project: string, received: ReceivedReport): Promise<void> {
    const { projects, producers, traces } = this.#tables;
    return this.#queue.run(1, () => {
      const number = projects.take(project);
      producers.report(number, received);
      producers.countDropped(number);
      traces.save(this.#nowMs());
    });
  }

  setProducerState(project: string, producerId: string, state: ProducerState, reports: number): Promise<boolean> {
    const { projects, producers, traces } = this.#tables;
    return this.#queue.run(1, () => {
      const isChanged = producers.setState(projects.take(project), producerId, state, reports);
      traces.save(this.#nowMs());
      return isChanged;
    });
  }

  async listTraces(project: string, query: TraceQuery): Promise<TracePage> {
    const number = this.#tables.projects.find(project);
    return number === undefined ? { traces: [], nextCursor: null } : this.#tables.list.list(number, query);
  }

  async readTrace(project: string, traceId: string, query: TraceSpansQuery): Promise<SpansOfTrace | undefined> {
    await this.#upkeep.fetchTrace(project, traceId);
    const number = this.#tables.projects.find(project);
    return number === undefined ? undefined : this.#tables.reader.readTrace(number, traceId, query);
  }

  async getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined> {
    const json = await this.readSpan(project, traceId, spanId);
    return json === undefined ? undefined : (JSON.parse(json) as StoredSpan);
  }

  async readSpan(project: string, traceId: string, spanId: string): Promise<string | undefined> {
    await this.#upkeep.fetchTrace(project, traceId);
    const number = this.#tables.projects.find(project);
    return number === undefined ? undefined : this.#tables.reader.readSpan(number, traceId, spanId);
  }

  async findSpan(project: string, spanId: string): Promise<StoredSpan | undefined> {
    await this.#upkeep.fetchSpan(project, spanId);
    const number = this.#tables.projects.find(project);
    return number === undefined ? undefined : this.#tables.reader.findSpan(number, spanId);
  }

  async listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]> {
    const number = this.#tables.projects.find(project);
    return number === undefined ? [] : this.#tables.reader.listSpans(number, query);
  }

  async searchSpans(project: string, search: SpanSearch): Promise<SpanPage> {
    const number = this.#tables.projects.find(project);
    return number === undefined ? { spans: [], hasMore: false } : this.#tables.reader.searchSpans(number, search);
  }

  async stats(project: string): Promise<StoreStats> {
    return this.#tables.reader.stats(this.#tables.projects.find(project) ?? 0);
  }

  async facets(project: string, query: FacetsQuery): Promise<Partial<Record<FacetField, readonly FacetValue[]>>> {
    const number = this.#tables.projects.find(project) ?? 0;
    const { fields, prefix = "", limit } = query;
    return Object.fromEntries(fields.map((field) => [field, this.#tables.facets.list(number, field, prefix, limit)]));
  }

  async searchText(project: string, query: SearchQuery): Promise<SearchPage> {
    const number = this.#tables.projects.find(project);
    if (number === undefined) return { hits: [], nextCursor: null, indexedUpTo: null };
    return this.#tables.texts.search(number, query);
  }

  async aggregates(project: string, query: AggregatesQuery): Promise<AggregatesResponse> {
    return this.#tables.rollups.read(this.#tables.projects.find(project) ?? 0, query);
  }

  async listSessions(project: string, query: SessionQuery): Promise<SessionPage> {
    return this.#tables.sessions.list(this.#tables.projects.find(project) ?? 0, query);
  }

  async getProducer(project: string, producerId: string): Promise<StoredProducer | undefined> {
    return this.#tables.producers.find(this.#tables.projects.find(project) ?? 0, producerId);
  }

  async listProducers(project: string, query: ProducerQuery): Promise<readonly ProducerSummary[]> {
    return this.#tables.producers.list(this.#tables.projects.find(project) ?? 0, query);
  }

  async openTraceIds(project: string, producerId: string): Promise<readonly string[]> {
    return this.#tables.producers.openTraceIds(this.#tables.projects.find(project) ?? 0, producerId);
  }

  async producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]> {
    return this.#tables.reader.producersOf(this.#tables.projects.find(project) ?? 0, spans);
  }

  deleteTraces(project: string, query: DeletionQuery): Promise<DeletionResponse> {
    return this.#upkeep.deleteTraces(project, query);
  }

  pin(project: string, traceId: string, pinned: boolean): Promise<boolean> {
    const { projects, database } = this.#tables;
    return this.#queue.run(1, () => {
      const result = database.prepare(PIN).run(pinned ? 1 : 0, projects.find(project) ?? 0, idToBytes(traceId));
      return Number(result.changes) > 0;
    });
  }

  expire(policy: RetentionPolicy): Promise<{ readonly deletedTraces: number; readonly hasMore: boolean }> {
    return this.#upkeep.expire(policy);
  }

  /** Resolves when nothing is left to index, to compress, to count again or to move over. For tests and tools. */
  settle(): Promise<void> {
    return this.#upkeep.settle();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const drained = this.#queue.close();
    await this.#upkeep.close();
    await drained;
    this.#tables.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#tables.database.close();
  }
}
