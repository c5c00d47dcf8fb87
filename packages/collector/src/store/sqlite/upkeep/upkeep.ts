/**
 * What happens behind the writes: texts are indexed, frames compressed, large traces counted again, an older file moved
 * over, and what is due removed. All of it in slices of time, as jobs of the one write queue, each a transaction of its
 * own: so a kill at any moment leaves a whole store, and no request waits for more than one slice.
 */
import type { DeletionResponse } from "@everspan/protocol";
import { nextTurn, SLICE_MS } from "../../../turns.ts";
import { StoreUnavailableError } from "../../store-errors.ts";
import type { DeletionQuery, RetentionPolicy } from "../../store-queries.ts";
import type { TraceToRemove } from "../retention/retention.ts";
import { bytesToId } from "../schema/id-bytes.ts";
import { olderPathOf } from "../schema/open-database.ts";
import type { Statement } from "../schema/sqlite.ts";
import type { IndexMerge } from "../search/index-merge.ts";
import type { Tables } from "../tables.ts";
import type { Steps } from "../writing/steps.ts";
import type { WriteQueue } from "../writing/write-queue.ts";
import { OlderFile, type OlderTrace } from "./format-2.ts";
import { Rederiver } from "./rederive.ts";

/** How long after a write the next round of upkeep begins. */
const PAUSE_MS = 200;
/** A trace to which nothing was added for so long is quiet: it is counted again, and its frames compressed. */
const QUIET_MS = 2_000;

/** Pages of the index that one step writes anew. */
const PURGED_PAGES = 64;

/** Free pages that the file keeps, for what is written next. */
const MIN_SPARE_PAGES = 1024;
const SPARE_SHARE = 0.05;

export interface UpkeepOptions {
  readonly path: string;
  readonly tables: Tables;
  readonly queue: WriteQueue;
  readonly nowMs: () => number;
  readonly onProblem: (message: string) => void;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stale: Statement;
  readonly #position: Statement;
  readonly #savePosition: Statement;
  readonly #rederiver: Rederiver;
  /** Traces whose frames are to be compressed next, the last one first. */
  #due: number[] = [];
  #older: OlderFile | undefined;
  /** When the trace of position 0 in the older file counts as having arrived. */
  #olderArrivedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: UpkeepOptions) {
    const { database, writer } = options.tables;
    this.#options = options;
    this.#rederiver = new Rederiver(options.tables);
    this.#stale = database.prepare(
      `SELECT projects.name AS project, projects.project AS number, trace_id FROM traces JOIN projects USING (project)
       WHERE stale = 1 AND arrived_ms < ? ORDER BY arrived_ms LIMIT 1`,
    );
    this.#position = database.prepare("SELECT value FROM meta WHERE key = 'moved_to'");
    this.#savePosition = database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('moved_to', ?)");
    if (options.path !== ":memory:") this.#older = OlderFile.open(olderPathOf(options.path));
    if (this.#older !== undefined) {
      this.#beginMove(this.#older);
      writer.onUnknownTrace = (project, traceId) => this.#moveTrace(this.#older?.find(project, traceId));
    }
    this.#schedule();
  }

  noteWrite(): void {
    this.#options.tables.nameMerge.noteWrite();
    this.#schedule();
  }

  /** Before a trace is read that may still lie in an older file. */
  async fetchTrace(project: string, traceId: string): Promise<void> {
    if (this.#older === undefined) return;
    await this.#options.queue.run(1, () => {
      if (!this.#isHere(project, traceId)) this.#moveTrace(this.#older?.find(project, traceId));
    });
  }

  async fetchSpan(project: string, spanId: string): Promise<void> {
    for (const traceId of this.#older?.traceIdsOfSpan(project, spanId) ?? []) await this.fetchTrace(project, traceId);
  }

  async deleteTraces(projectName: string, query: DeletionQuery): Promise<DeletionResponse> {
    const { projects, retention } = this.#options.tables;
    if (this.#older !== undefined) await this.#moveAll();
    const project = projects.find(projectName);
    let [deletedTraces, deletedSpans] = [0, 0];
    if (project === undefined) return { deletedTraces, deletedSpans };
    const remaining = "traceIds" in query ? [...new Set(query.traceIds)] : [];
    const next = (): TraceToRemove | undefined => {
      if ("session" in query) return retention.findByFacet(project, "session", query.session);
      if ("user" in query) return retention.findByFacet(project, "user", query.user);
      for (let id = remaining.pop(); id !== undefined; id = remaining.pop()) {
        const found = retention.find(project, id);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const removed = await this.#removeWhile(next, Number.POSITIVE_INFINITY);
    for (const { span_count: spans } of removed.traces) deletedSpans += spans;
    deletedTraces = removed.traces.length;
    if (deletedTraces > 0) await this.#purge();
    return { deletedTraces, deletedSpans };
  }

  /** Nothing is removed for its size before an older file is moved: what arrived first would still wait in that. */
  async expire({ nowMs, maxAgeMs, maxBytes, sliceMs }: RetentionPolicy) {
    const { retention } = this.#options.tables;
    let isPutOff = false;
    const next = () => {
      if (this.#older === undefined) return retention.nextDue(nowMs, maxAgeMs, maxBytes);
      isPutOff = maxBytes !== undefined && retention.usedBytes() > maxBytes;
      return retention.nextDue(nowMs, maxAgeMs, undefined);
    };
    const { traces, hasMore } = await this.#removeWhile(next, sliceMs);
    return { deletedTraces: traces.length, hasMore: hasMore || isPutOff };
  }

  /** Works until nothing is left to do, quiet or not. */
  async settle(): Promise<void> {
    await this.#round;
    await this.#moveAll();
    while (await this.#work(Number.POSITIVE_INFINITY)) {
      // Each call is one slice.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
    this.#older?.close();
    this.#older = undefined;
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#round !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#round = this.#runRound().finally(() => {
        this.#round = undefined;
      });
    }, PAUSE_MS);
    this.#timer.unref();
  }

  async #runRound(): Promise<void> {
    try {
      while (!this.#isClosed && (await this.#work(this.#options.nowMs() - QUIET_MS))) {
        // Requests come first: each slice waits for its turn in the queue.
        await pause();
      }
      if (!this.#isClosed && this.#isBusy()) setTimeout(() => this.#schedule(), QUIET_MS).unref();
    } catch (error) {
      if (!this.#isClosed) this.#options.onProblem(`upkeep of the store failed: ${(error as Error).message}`);
    }
  }

  /** Whether something waits for its trace to be quiet. */
  #isBusy(): boolean {
    const { frames, rollupSums } = this.#options.tables;
    const forEver = Number.MAX_SAFE_INTEGER;
    const isWaiting = frames.dueForCompression(forEver).length > 0 || this.#stale.get(forEver) !== undefined;
    return isWaiting || rollupSums.isPending;
  }

  /** One slice of whatever there is to do. @returns whether there was something */
  async #work(quietBeforeMs: number): Promise<boolean> {
    const { queue, tables } = this.#options;
    const { search, frames, textMerge, nameMerge } = tables;
    if (this.#older !== undefined) {
      await this.#moveSlice(this.#older);
      return true;
    }
    const isPending = search.oldestPendingMs() !== undefined;
    if (isPending) {
      await queue.run(0, () => search.indexSome(performance.now() + SLICE_MS));
      textMerge.noteWrite();
    }
    const hasMerged = [await this.#mergeSome(textMerge), await this.#mergeSome(nameMerge)].includes(true);
    if (isPending || hasMerged) return true;
    const stale = this.#stale.get(quietBeforeMs) as { number: number; trace_id: Uint8Array } | undefined;
    if (stale !== undefined) {
      await queue.runSteps(0, () => this.#recount(stale.number, bytesToId(stale.trace_id)));
      return true;
    }
    // Finding them reads all open frames: once for many slices. What is left by a slice that failed is found again.
    if (this.#due.length === 0) this.#due = frames.dueForCompression(quietBeforeMs).reverse();
    const due = this.#due;
    if (due.length === 0) {
      return (await this.#rederiveSome()) > 0 || (await this.#sumUpSome(quietBeforeMs)) || this.#vacuumSome();
    }
    await queue.runSteps(0, function* () {
      const deadlineMs = performance.now() + SLICE_MS;
      for (let trace = due.pop(); trace !== undefined; trace = due.pop()) {
        yield* frames.compress(trace);
        if (performance.now() > deadlineMs) return;
      }
    });
    return true;
  }

  /** By turns with the indexing, so that neither runs away from the other. @returns whether there was something to do */
  async #mergeSome(merge: IndexMerge): Promise<boolean> {
    if (!merge.isDue) return false;
    await this.#options.queue.run(0, () => merge.some(performance.now() + SLICE_MS));
    return true;
  }

  async #sumUpSome(quietBeforeMs: number): Promise<boolean> {
    const { queue, nowMs, tables } = this.#options;
    const { rollupSums } = tables;
    const bucket = rollupSums.nextDue(quietBeforeMs === Number.POSITIVE_INFINITY ? quietBeforeMs : nowMs());
    if (bucket === undefined) return false;
    await queue.runSteps(0, () => rollupSums.sumUp(bucket));
    return true;
  }

  /** Frames that were joined leave pages behind: so many that a write would not use them soon go back to the disk. */
  async #vacuumSome(): Promise<boolean> {
    const { queue, nowMs, tables } = this.#options;
    const { retention } = tables;
    const spare = Math.max(MIN_SPARE_PAGES, retention.usedPages() * SPARE_SHARE);
    return retention.freePages() > spare && queue.run(0, () => retention.vacuumSome(nowMs()));
  }

  /** Derives all columns anew. @param onProgress gets the number of spans until then */
  async rederive(onProgress: (spans: number) => void): Promise<number> {
    await this.#round;
    await this.#moveAll();
    await this.#options.queue.run(0, () => this.#rederiver.restart());
    while (!this.#isClosed && this.#rederiver.isDue) {
      await this.#rederiveSome();
      onProgress(this.#rederiver.spans);
    }
    return this.#rederiver.spans;
  }

  async #rederiveSome(): Promise<number> {
    if (!this.#rederiver.isDue) return 0;
    const { queue, nowMs } = this.#options;
    return queue.run(0, () => this.#rederiver.some(performance.now() + SLICE_MS, nowMs()));
  }

  *#recount(project: number, traceId: string): Steps<void> {
    const { traces, writer } = this.#options.tables;
    if (traces.find(project, traceId) === undefined) return;
    yield* writer.recount(true);
    yield* traces.save(this.#options.nowMs());
  }

  async #removeWhile(next: () => TraceToRemove | undefined, sliceMs: number) {
    const { queue, nowMs, tables } = this.#options;
    const traces: TraceToRemove[] = [];
    const endMs = performance.now() + sliceMs;
    let hasMore = true;
    while (hasMore && performance.now() < endMs) {
      const removed = await queue.runSteps(0, function* () {
        const slice: TraceToRemove[] = [];
        const deadlineMs = performance.now() + SLICE_MS;
        while (performance.now() < deadlineMs) {
          const trace = next();
          if (trace === undefined) {
            hasMore = false;
            break;
          }
          yield* tables.retention.remove(trace, nowMs());
          slice.push(trace);
        }
        return slice;
      });
      traces.push(...removed);
      await queue.run(0, () => tables.retention.vacuumSome(nowMs()));
    }
    return { traces, hasMore };
  }

  /** What a person deleted is gone from the file too: its words from the index, its pages, and the log. */
  async #purge(): Promise<void> {
    const { queue, nowMs, tables } = this.#options;
    await queue.run(0, () => tables.textMerge.step(-PURGED_PAGES));
    while (!this.#isClosed && (await queue.run(0, () => tables.textMerge.step(PURGED_PAGES)))) {
      // Each call is one slice.
    }
    while (!this.#isClosed && (await queue.run(0, () => tables.retention.vacuumSome(nowMs())))) await nextTurn();
    await queue.runAlone(async () => tables.database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  }

  #isHere(project: string, traceId: string): boolean {
    const { projects, retention } = this.#options.tables;
    const number = projects.find(project);
    return number !== undefined && retention.find(number, traceId) !== undefined;
  }

  async #moveAll(): Promise<void> {
    while (this.#older !== undefined && !this.#isClosed) await this.#moveSlice(this.#older);
  }

  /** Traces are moved until the slice is over; the last one of all removes the file. */
  async #moveSlice(older: OlderFile): Promise<void> {
    const isDone = await this.#options.queue.run(0, () => {
      // Another slice may have come to the end, and removed the file, while this one waited.
      if (this.#older !== older) return false;
      const deadlineMs = performance.now() + SLICE_MS;
      do {
        const from = (this.#position.get() as { value: number } | undefined)?.value ?? Number.MAX_SAFE_INTEGER;
        const next = older.before(from);
        if (next === undefined) return true;
        this.#moveTrace(next);
        this.#savePosition.run(next.rowid);
      } while (performance.now() < deadlineMs);
      return false;
    });
    if (!isDone || this.#older !== older) return;
    this.#options.tables.writer.onUnknownTrace = undefined;
    this.#older = undefined;
    older.remove();
  }

  /** Within a transaction. */
  #moveTrace(found: OlderTrace | undefined): void {
    if (found === undefined) return;
    const { writer } = this.#options.tables;
    const asked = writer.onUnknownTrace;
    writer.onUnknownTrace = undefined;
    try {
      writer.takeOver(found, this.#options.nowMs(), this.#olderArrivedMs + found.rowid);
    } finally {
      writer.onUnknownTrace = asked;
    }
  }

  /**
   * First of all, in one transaction: the producers, which the spans that are moved name, and when the move began. An older
   * file does not say when its traces arrived: before that, and by their positions, a millisecond apart.
   */
  #beginMove(older: OlderFile): void {
    const { database, projects, producers } = this.#options.tables;
    const takeMeta = (key: string, value: number): number => {
      database.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)").run(key, value);
      return (database.prepare("SELECT value FROM meta WHERE key = ?").get(key) as { value: number }).value;
    };
    const isTaken = database.prepare("SELECT 1 FROM meta WHERE key = 'moved_producers'").get() !== undefined;
    database.exec("BEGIN IMMEDIATE");
    try {
      this.#olderArrivedMs = takeMeta("move_began_ms", this.#options.nowMs()) - 1 - older.newest;
      if (!isTaken) for (const row of older.producers()) producers.takeOver(projects.take(row.project), row);
      takeMeta("moved_producers", 1);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw new StoreUnavailableError("the move of the older file can't begin", { cause: error });
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
