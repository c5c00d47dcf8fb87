/**
 * Group commit: writes that arrive while a commit is under way share the next one, so that durability costs one
 * fsync for many requests. Bounded: what does not fit is refused at once.
 *
 * SQLite works on the calling thread; a transaction takes at most `TRANSACTION_RECORDS` records, then the event loop
 * has its turn.
 */

import { StoreBusyError, StoreUnavailableError } from "../trace-store.ts";
import type { Database } from "./sqlite.ts";

/** Records in one transaction: some 20 ms of work. */
const TRANSACTION_RECORDS = 2000;

interface Job {
  readonly records: number;
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
   * @param records the job's share of a transaction
   */
  run<Result>(records: number, run: () => Result): Promise<Result> {
    if (this.#closed) return Promise.reject(new StoreUnavailableError("the store is closed"));
    if (this.#records > 0 && this.#records + records > this.#options.maxRecords) {
      return Promise.reject(new StoreBusyError(`${this.#records} records wait for their commit`));
    }
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ records, run, resolve: resolve as (value: unknown) => void, reject });
      this.#records += records;
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
      this.#commit(this.#takeSlice());
      if (this.#jobs.length > 0) this.#schedule();
      else for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  #takeSlice(): Job[] {
    let records = 0;
    let count = 0;
    while (count < this.#jobs.length && (count === 0 || records + this.#jobs[count]!.records <= TRANSACTION_RECORDS)) {
      records += this.#jobs[count]!.records;
      count += 1;
    }
    this.#records -= records;
    return this.#jobs.splice(0, count);
  }

  #commit(jobs: readonly Job[]): void {
    const settle: (() => void)[] = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const job of jobs) settle.push(this.#attempt(job));
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      const failure = new StoreUnavailableError("the store can't write", { cause: error });
      for (const job of jobs) job.reject(failure);
      return;
    }
    for (const done of settle) done();
  }

  /** What is to be told after the commit. Errors of SQLite's end the whole transaction. */
  #attempt(job: Job): () => void {
    this.#database.exec("SAVEPOINT job");
    try {
      const result = job.run();
      this.#database.exec("RELEASE job");
      return () => job.resolve(result);
    } catch (error) {
      if (isSqliteError(error)) throw error;
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

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).includes("SQLITE");
}
