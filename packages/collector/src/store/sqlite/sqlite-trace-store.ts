/** The embedded store: one SQLite file, one writer, on the collector's own thread. */

import type { MergeVerdict, ProducerState, ProducerSummary, SpanSnapshot, StoredSpan } from "@everspan/protocol";
import { type StoreCapability, UnsupportedByStoreError } from "../capabilities.ts";
import type {
  ProducerQuery,
  ReceivedReport,
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
import { BlobTable } from "./blob-table.ts";
import { openDatabase } from "./open-database.ts";
import { ProducerTable } from "./producer-table.ts";
import { SpanReader } from "./span-reader.ts";
import { toSnapshot } from "./span-row.ts";
import { SpanWriter } from "./span-writer.ts";
import type { Database } from "./sqlite.ts";
import { TallyTable } from "./tally-table.ts";
import { WriteQueue } from "./write-queue.ts";

export interface SqliteTraceStoreOptions {
  /** File, or `:memory:`. */
  readonly path: string;
  /** Records that may wait for their commit. Default 20 000. */
  readonly maxQueuedRecords?: number;
}

export class SqliteTraceStore implements TraceStore {
  readonly #database: Database;
  readonly #tallies: TallyTable;
  readonly #producers: ProducerTable;
  readonly #writer: SpanWriter;
  readonly #reader: SpanReader;
  readonly #queue: WriteQueue;
  readonly capabilities: ReadonlySet<StoreCapability> = new Set<StoreCapability>(["insert", "verdicts"]);
  #closing: Promise<void> | undefined;

  /** @throws Error that says why the file can't be used */
  constructor(options: SqliteTraceStoreOptions) {
    this.#database = openDatabase(options.path);
    const blobs = new BlobTable(this.#database);
    this.#tallies = new TallyTable(this.#database);
    this.#producers = new ProducerTable(this.#database, this.#tallies);
    this.#writer = new SpanWriter(this.#database, blobs, this.#tallies, this.#producers);
    this.#reader = new SpanReader(this.#database, blobs, this.#producers);
    this.#queue = new WriteQueue(this.#database, {
      maxRecords: options.maxQueuedRecords ?? 20_000,
      onRollback: () => this.#writer.forget(),
    });
  }

  write(
    project: string,
    snapshots: readonly SpanSnapshot[],
    options: WriteOptions = {},
  ): Promise<readonly MergeVerdict[]> {
    return this.#queue.run(snapshots.length, () => this.#writer.write(project, snapshots, options));
  }

  patch(project: string, spanId: string, change: SpanChange): Promise<StoredSpan | undefined> {
    return this.#queue.run(1, () => {
      const current = this.#reader.findSpan(project, spanId);
      if (current === undefined) return undefined;
      this.#writer.write(project, [change(toSnapshot(current))], {});
      return this.#reader.getSpan(project, current.traceId, spanId);
    });
  }

  report(project: string, word: ReceivedReport): Promise<void> {
    return this.#queue.run(1, () => {
      this.#producers.report(project, word);
      this.#tallies.save(project);
    });
  }

  setProducerState(project: string, producerId: string, state: ProducerState, reports: number): Promise<boolean> {
    return this.#queue.run(1, () => {
      const isChanged = this.#producers.setState(project, producerId, state, reports);
      this.#tallies.save(project);
      return isChanged;
    });
  }

  async listTraces(project: string, query: TraceQuery): Promise<TracePage> {
    return this.#reader.listTraces(project, query);
  }

  async readTrace(project: string, traceId: string, query: TraceSpansQuery): Promise<SpansOfTrace | undefined> {
    return this.#reader.readTrace(project, traceId, query);
  }

  async readSpan(project: string, traceId: string, spanId: string): Promise<string | undefined> {
    return JSON.stringify(this.#reader.getSpan(project, traceId, spanId));
  }

  async facets(): Promise<never> {
    throw new UnsupportedByStoreError("facets");
  }

  async searchText(): Promise<never> {
    throw new UnsupportedByStoreError("search");
  }

  async aggregates(): Promise<never> {
    throw new UnsupportedByStoreError("aggregates");
  }

  async listSessions(): Promise<never> {
    throw new UnsupportedByStoreError("sessions");
  }

  async deleteTraces(): Promise<never> {
    throw new UnsupportedByStoreError("deletion");
  }

  async pin(): Promise<never> {
    throw new UnsupportedByStoreError("deletion");
  }

  async expire(): Promise<never> {
    throw new UnsupportedByStoreError("deletion");
  }

  async getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined> {
    return this.#reader.getSpan(project, traceId, spanId);
  }

  async findSpan(project: string, spanId: string): Promise<StoredSpan | undefined> {
    return this.#reader.findSpan(project, spanId);
  }

  async listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]> {
    return this.#reader.listSpans(project, query);
  }

  async searchSpans(project: string, search: SpanSearch): Promise<SpanPage> {
    return this.#reader.searchSpans(project, search);
  }

  async stats(project: string): Promise<StoreStats> {
    return this.#reader.stats(project);
  }

  async getProducer(project: string, producerId: string): Promise<StoredProducer | undefined> {
    return this.#producers.find(project, producerId);
  }

  async listProducers(project: string, query: ProducerQuery): Promise<readonly ProducerSummary[]> {
    return this.#producers.list(project, query);
  }

  async openTraceIds(project: string, producerId: string): Promise<readonly string[]> {
    return this.#producers.openTraceIds(project, producerId);
  }

  async producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]> {
    return this.#reader.producersOf(project, spans);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#database.close();
  }
}
