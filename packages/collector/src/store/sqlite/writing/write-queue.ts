/**
 * Group commit: writes that arrive while a commit is under way share the next one, and those that wait for the disk share
 * its sync. Bounded in records and bytes: what does not fit is refused.
 *
 * SQLite works on the calling thread. A transaction takes the jobs that wait, for `TRANSACTION_MS`, and a job lands whole or
 * not at all; but both are left for a turn of the event loop whenever a slice is over, where others read over a connection
 * of their own.
 */

import { nextTurn, SLICE_MS } from "../../../turns.ts";
import { StoreBusyError, StoreUnavailableError } from "../../trace-store.ts";
import type { Database } from "../schema/sqlite.ts";
import { finish, type Steps } from "./steps.ts";
import type { StoreDisk } from "./store-disk.ts";

/** Bytes of requests that may wait for their commit. */
const MAX_QUEUED_BYTES = 128 * 1024 * 1024;

/** Pages that several jobs change are written once a transaction; who came first waits for the others that long. */
const TRANSACTION_MS = 4 * SLICE_MS;

interface Job {
  readonly records: number;
  readonly bytes: number;
  /** Between transactions, with nobody else at work. */
  readonly isAlone: boolean;
  readonly begin: () => Steps<unknown> | Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriteQueueOptions {
  /** Records that may wait for their commit. More are refused with `StoreBusyError`. */
  readonly maxRecords: number;
  /** Called when a job or a transaction was undone: what the jobs remembered is not so. */
  readonly onRollback: () => void;
  /** Undefined for a store in memory: its one connection shows what is not committed, so no job is left. */
  readonly disk?: StoreDisk | undefined;
}

export class WriteQueue {
  readonly #database: Database;
  readonly #options: WriteQueueOptions;
  #jobs: Job[] = [];
  #records = 0;
  #bytes = 0;
  #isRunning = false;
  #closed = false;
  #idle: (() => void)[] = [];
  /** Commits whose sync is under way. */
  #syncing = 0;
  #sliceEndMs = 0;

  constructor(database: Database, options: WriteQueueOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Runs a job in a transaction shared with its neighbours and resolves with its result when it is on the disk.
   * A job that throws is undone and fails alone, unless the medium failed: then all of the transaction do.
   * @param records that wait with it @param bytes of the request, as far as known
   */
  run<Result>(records: number, run: () => Result, bytes = 0): Promise<Result> {
    return this.runSteps(
      records,
      // biome-ignore lint/correctness/useYield: one step
      function* () {
        return run();
      },
      bytes,
    );
  }

  /** The same for a job that may take long: it is left at its steps. */
  runSteps<Result>(records: number, begin: () => Steps<Result>, bytes = 0): Promise<Result> {
    return this.#add<Result>({ records, bytes, isAlone: false, begin });
  }

  /** Runs what must be in no transaction. */
  runAlone(run: () => Promise<void>): Promise<void> {
    return this.#add({ records: 0, bytes: 0, isAlone: true, begin: run });
  }

  /** Refuses new jobs and resolves when the accepted ones are on the disk. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#isBusy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get #isBusy(): boolean {
    return this.#isRunning || this.#jobs.length > 0 || this.#syncing > 0;
  }

  #add<Result>(job: Omit<Job, "resolve" | "reject">): Promise<Result> {
    const { records, bytes } = job;
    if (this.#closed) return Promise.reject(new StoreUnavailableError("the store is closed"));
    if (this.#records > 0 && this.#records + records > this.#options.maxRecords) {
      return Promise.reject(new StoreBusyError(`${this.#records} records wait for their commit`));
    }
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_QUEUED_BYTES) {
      return Promise.reject(new StoreBusyError(`${this.#bytes} bytes wait for their commit`));
    }
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ ...job, resolve: resolve as (value: unknown) => void, reject });
      this.#records += records;
      this.#bytes += bytes;
      if (!this.#isRunning) void this.#runAll();
    });
  }

  /** Never rejects: whatever fails is told to the jobs. */
  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#jobs.length > 0) {
      await nextTurn();
      if (this.#jobs[0]!.isAlone) await this.#runFirstAlone();
      else await this.#commit();
      if (this.#options.disk?.isFoldDue) await this.#fold();
    }
    this.#isRunning = false;
    this.#tellIdle();
  }

  async #runFirstAlone(): Promise<void> {
    const job = this.#jobs.shift()!;
    try {
      job.resolve(await job.begin());
    } catch (error) {
      job.reject(error);
    }
  }

  /** A disk that fails is told by the sync of the next commit. */
  async #fold(): Promise<void> {
    await this.#options.disk?.fold().catch(() => {});
  }

  async #commit(): Promise<void> {
    const settle: (() => void)[] = [];
    const taken: Job[] = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const startMs = performance.now();
      this.#sliceEndMs = startMs + SLICE_MS;
      do {
        const job = this.#jobs.shift()!;
        taken.push(job);
        settle.push(await this.#attempt(job));
      } while (this.#jobs[0]?.isAlone === false && performance.now() < startMs + TRANSACTION_MS);
      if (this.#options.disk !== undefined) await nextTurn();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      // Where not even the transaction could begin, nobody's turn has come: all that wait are told.
      if (taken.length === 0) taken.push(...this.#jobs.splice(0));
      this.#refuse(taken, new StoreUnavailableError("the store can't write", { cause: error }));
      return;
    }
    this.#settle(taken, settle);
  }

  /** Tells the jobs when what they did is on the disk; the next transaction need not wait for that. */
  #settle(taken: readonly Job[], settle: readonly (() => void)[]): void {
    const { disk } = this.#options;
    const tell = () => {
      this.#release(taken);
      for (const done of settle) done();
    };
    if (disk === undefined) {
      tell();
      return;
    }
    this.#syncing += 1;
    void disk
      .sync()
      .then(tell, (error: unknown) => this.#refuse(taken, error))
      .finally(() => {
        this.#syncing -= 1;
        this.#tellIdle();
      });
  }

  #refuse(jobs: readonly Job[], error: unknown): void {
    this.#release(jobs);
    for (const job of jobs) job.reject(error);
  }

  #release(jobs: readonly Job[]): void {
    for (const { records, bytes } of jobs) {
      this.#records -= records;
      this.#bytes -= bytes;
    }
  }

  #tellIdle(): void {
    if (!this.#isBusy) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What is to be told after the commit. A failing medium ends the whole transaction. */
  async #attempt(job: Job): Promise<() => void> {
    this.#database.exec("SAVEPOINT job");
    try {
      const result = await this.#runInSlices(job.begin() as Steps<unknown>);
      this.#database.exec("RELEASE job");
      return () => job.resolve(result);
    } catch (error) {
      if (isMediumFailure(error)) throw error;
      this.#database.exec("ROLLBACK TO job; RELEASE job");
      this.#options.onRollback();
      return () => job.reject(error);
    }
  }

  async #runInSlices(steps: Steps<unknown>): Promise<unknown> {
    if (this.#options.disk === undefined) return finish(steps);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (performance.now() < this.#sliceEndMs) continue;
      await nextTurn();
      this.#sliceEndMs = performance.now() + SLICE_MS;
    }
  }

  #rollBack(): void {
    this.#options.onRollback();
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }
}

/**
 * SQLite's primary result codes that speak of the file, the disk or another process, and not of what was written:
 * PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
 */
const MEDIUM_CODES: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26]);

function isMediumFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || !String(error.code).includes("SQLITE")) return false;
  const code = "errcode" in error ? Number(error.errcode) : Number.NaN;
  return Number.isNaN(code) || MEDIUM_CODES.has(code & 255);
}
