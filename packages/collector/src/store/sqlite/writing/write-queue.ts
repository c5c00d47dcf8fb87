/**
 * Group commit: writes that arrive while a commit is under way share the next one, so that durability costs one
 * fsync for many requests. Bounded in records and bytes: what does not fit is refused.
 *
 * SQLite works on the calling thread; a transaction takes jobs for `SLICE_MS`, then the event loop has its turn. A job is
 * never cut, since it lands whole or not at all.
 */

import { StoreBusyError, StoreUnavailableError } from "../../trace-store.ts";
import type { Database } from "../schema/sqlite.ts";

/** What a transaction takes before it is committed. */
const SLICE_MS = 10;

/** Bytes of requests that may wait for their commit. */
const MAX_QUEUED_BYTES = 128 * 1024 * 1024;

interface Job {
  readonly records: number;
  readonly bytes: number;
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriteQueueOptions {
  /** Records that may wait for their commit. More are refused with `StoreBusyError`. */
  readonly maxRecords: number;
  /** Called when a job or a transaction was undone: what the jobs remembered is not so. */
  readonly onRollback: () => void;
}

export class WriteQueue {
  readonly #database: Database;
  readonly #options: WriteQueueOptions;
  #jobs: Job[] = [];
  #records = 0;
  #bytes = 0;
  #scheduled = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(database: Database, options: WriteQueueOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Runs a job in a transaction shared with its neighbours and resolves with its result after the commit.
   * A job that throws is undone and fails alone, unless the medium failed: then all of the transaction do.
   * @param records that wait with it @param bytes of the request, as far as known
   */
  run<Result>(records: number, run: () => Result, bytes = 0): Promise<Result> {
    if (this.#closed) return Promise.reject(new StoreUnavailableError("the store is closed"));
    if (this.#records > 0 && this.#records + records > this.#options.maxRecords) {
      return Promise.reject(new StoreBusyError(`${this.#records} records wait for their commit`));
    }
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_QUEUED_BYTES) {
      return Promise.reject(new StoreBusyError(`${this.#bytes} bytes wait for their commit`));
    }
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ records, bytes, run, resolve: resolve as (value: unknown) => void, reject });
      this.#records += records;
      this.#bytes += bytes;
      this.#schedule();
    });
  }

  /** Refuses new jobs and resolves when the accepted ones are committed. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#jobs.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit();
      if (this.#jobs.length > 0) this.#schedule();
      else for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  #commit(): void {
    const settle: (() => void)[] = [];
    const taken: Job[] = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const endMs = performance.now() + SLICE_MS;
      do {
        const job = this.#jobs.shift()!;
        this.#records -= job.records;
        this.#bytes -= job.bytes;
        taken.push(job);
        settle.push(this.#attempt(job));
      } while (this.#jobs.length > 0 && performance.now() < endMs);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      const failure = new StoreUnavailableError("the store can't write", { cause: error });
      // Where not even the transaction could begin, nobody's turn has come: all that wait are told.
      if (taken.length === 0) taken.push(...this.#takeAll());
      for (const job of taken) job.reject(failure);
      return;
    }
    for (const done of settle) done();
  }

  #takeAll(): Job[] {
    [this.#records, this.#bytes] = [0, 0];
    return this.#jobs.splice(0);
  }

  /** What is to be told after the commit. A failing medium ends the whole transaction. */
  #attempt(job: Job): () => void {
    this.#database.exec("SAVEPOINT job");
    try {
      const result = job.run();
      this.#database.exec("RELEASE job");
      return () => job.resolve(result);
    } catch (error) {
      if (isMediumFailure(error)) throw error;
      this.#database.exec("ROLLBACK TO job; RELEASE job");
      this.#options.onRollback();
      return () => job.reject(error);
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
