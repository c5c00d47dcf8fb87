/**
 * The embedded store: one SQLite file, one writer. It reads over a connection of its own, which sees what is committed: so a
 * write may be left in the middle for a question that takes its turn.
 */
import {
  type DeletionResponse,
  type MergeVerdict,
  type ProducerState,
  parseJsonNumbers,
  type SpanSnapshot,
  type StoredSpan,
  snapshotOfStored,
} from "@everspan/protocol";
import type { PriceOverride } from "../../cost/price-overrides.ts";
import type {
  DeletionQuery,
  ReceivedReport,
  RetentionPolicy,
  SpanChange,
  TraceStore,
  WriteOptions,
} from "../trace-store.ts";
import { idToBytes } from "./schema/id-bytes.ts";
import { type OlderTraces, SqliteTraceReader } from "./sqlite-trace-reader.ts";
import { openTables, type Tables } from "./tables.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { StoreDisk, type SyncFile } from "./writing/store-disk.ts";
import { WriteQueue } from "./writing/write-queue.ts";

export interface SqliteTraceStoreOptions {
  /** File, or `:memory:`. */
  readonly path: string;
  /** Records that may wait for their commit. Default 20 000. */
  readonly maxQueuedRecords?: number;
  /** Wall clock in milliseconds, for arrivals. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** The user's own prices, which go before those of the public table. Default: none. */
  readonly prices?: readonly PriceOverride[];
  /**
   * Bytes of stored payloads that one write may put together, to compare them with what it brings of the same rank. One
   * span is always compared. Default `MAX_BODY_BYTES`: what a request can bring.
   */
  readonly maxComparedBytes?: number;
  /** Brings a file's bytes to the disk, for tests. Default: the system's `fdatasync`. */
  readonly syncFile?: SyncFile | undefined;
  /** Told of what happens behind the writes and is nobody's request. Default: silent. */
  readonly onProblem?: (message: string) => void;
}

const PIN = "UPDATE traces SET pinned = ? WHERE project = ? AND trace_id = ?";

export class SqliteTraceStore extends SqliteTraceReader implements TraceStore {
  /** To read. */
  protected readonly tables: Tables;
  readonly #writing: Tables;
  readonly #disk: StoreDisk | undefined;
  readonly #queue: WriteQueue;
  protected readonly older: Upkeep;
  readonly #nowMs: () => number;
  #closing: Promise<void> | undefined;

  /** @throws Error that says why the file can't be used */
  constructor(options: SqliteTraceStoreOptions) {
    super();
    this.#nowMs = options.nowMs ?? Date.now;
    const { path, syncFile } = options;
    this.#writing = openTables(path, {
      prices: options.prices ?? [],
      maxComparedBytes: options.maxComparedBytes,
    });
    const { database } = this.#writing;
    const isOnDisk = path !== ":memory:";
    this.#disk = isOnDisk ? new StoreDisk(database, path, syncFile) : undefined;
    this.tables = isOnDisk ? openTables(path, { readOnly: true }) : this.#writing;
    this.#queue = new WriteQueue(database, {
      maxRecords: options.maxQueuedRecords ?? 20_000,
      onRollback: () => this.#writing.forget(),
      disk: this.#disk,
    });
    this.older = new Upkeep({
      path,
      tables: this.#writing,
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
    const write = () => this.#writing.writer.write(project, snapshots, options, this.#nowMs());
    const verdicts = await this.#queue.runSteps(snapshots.length, write, options.bytes);
    this.older.noteWrite();
    return verdicts;
  }

  async patch(project: string, spanId: string, change: SpanChange): Promise<StoredSpan | undefined> {
    await this.older.fetchSpan(project, spanId);
    const { projects, reader, writer } = this.#writing;
    const nowMs = this.#nowMs;
    return this.#queue.runSteps(1, function* () {
      const number = projects.find(project);
      const current = number === undefined ? undefined : reader.findSpan(number, spanId);
      if (number === undefined || current === undefined) return undefined;
      yield* writer.write(project, [change(snapshotOfStored(current))], {}, nowMs());
      const json = reader.readSpan(number, current.traceId, spanId);
      return json === undefined ? undefined : (parseJsonNumbers(json) as StoredSpan);
    });
  }

  report(project: string, received: ReceivedReport): Promise<void> {
    const { projects, producers, traces } = this.#writing;
    const nowMs = this.#nowMs;
    return this.#queue.runSteps(1, function* () {
      const number = projects.take(project);
      producers.report(number, received);
      producers.countDropped(number);
      yield* traces.save(nowMs());
    });
  }

  setProducerState(project: string, producerId: string, state: ProducerState, reports: number): Promise<boolean> {
    const { projects, producers, traces } = this.#writing;
    const nowMs = this.#nowMs;
    return this.#queue.runSteps(1, function* () {
      const isChanged = producers.setState(projects.take(project), producerId, state, reports);
      yield* traces.save(nowMs());
      return isChanged;
    });
  }

  deleteTraces(project: string, query: DeletionQuery): Promise<DeletionResponse> {
    return this.older.deleteTraces(project, query);
  }

  pin(project: string, traceId: string, pinned: boolean): Promise<boolean> {
    const { projects, database } = this.#writing;
    return this.#queue.run(1, () => {
      const result = database.prepare(PIN).run(pinned ? 1 : 0, projects.find(project) ?? 0, idToBytes(traceId));
      return Number(result.changes) > 0;
    });
  }

  expire(policy: RetentionPolicy): Promise<{ readonly deletedTraces: number; readonly hasMore: boolean }> {
    return this.older.expire(policy);
  }

  /** For processes that only read: what they ask for may lie in an older file, which only the writer moves. */
  get olderTraces(): OlderTraces {
    return this.older;
  }

  /**
   * Derives all columns anew: tokens, models, costs by the prices of now, previews, sessions.
   * @param onProgress gets the number of spans until then
   * @returns the number of all
   */
  rederive(onProgress: (spans: number) => void = () => {}): Promise<number> {
    return this.older.rederive(onProgress);
  }

  /** Resolves when nothing is left to index, to compress, to count again or to move over. For tests and tools. */
  settle(): Promise<void> {
    return this.older.settle();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const drained = this.#queue.close();
    await this.older.close();
    await drained;
    if (this.tables !== this.#writing) this.tables.database.close();
    this.#writing.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#writing.database.close();
    this.#disk?.close();
  }
}
