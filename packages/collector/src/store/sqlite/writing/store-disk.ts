/**
 * Brings commits to the disk without waiting for it on the event loop. SQLite would wait on the calling thread, at each
 * commit for the log and once in a while for the whole file; so its connection waits for nothing that this does:
 *
 * - A commit appends to the log (`synchronous = NORMAL`, which keeps the log whole but does not sync it). The log is then
 *   synced here, by a thread of Node's, and only after that anybody is told that something is stored.
 * - Folding the log back copies pages into the file. Until that file is synced no transaction may begin, since the next
 *   one may overwrite the log, which is then all that a power cut would leave. `WriteQueue` waits for `fold`.
 *
 * A sync that failed leaves unknown what of the log is on the disk, also after a later one that did not fail (the system
 * may forget what it could not write): so nothing is said to be stored from then on.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync, readSync } from "node:fs";
import { promisify } from "node:util";
import { StoreUnavailableError } from "../../store-errors.ts";
import type { Database } from "../schema/sqlite.ts";

/** Pages of the log after which it is folded: copying them takes some milliseconds. SQLite's own measure is 1000. */
const FOLDED_PAGES = 1500;

/** Where the index of the log has the number of its pages (SQLite, "WAL-Index Format"), in the byte order of the machine. */
const PAGES_OFFSET = 16;

export type SyncFile = (file: number) => Promise<void>;

const syncByThread: SyncFile = promisify(fdatasync);

export class StoreDisk {
  readonly #database: Database;
  readonly #syncFile: SyncFile;
  /** Held open to the end: closing it would release the locks that SQLite has on the same file. */
  readonly #file: number;
  readonly #log: number;
  readonly #index: number;
  readonly #pages = new Uint32Array(1);
  /** Pages that the log had when it was folded last. */
  #foldedAt = 0;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: StoreUnavailableError | undefined;

  /** @param path of a store whose log exists. @param syncFile default: the system's `fdatasync` */
  constructor(database: Database, path: string, syncFile: SyncFile = syncByThread) {
    this.#database = database;
    this.#syncFile = syncFile;
    this.#file = openSync(path, "r+");
    this.#log = openSync(`${path}-wal`, "r+");
    this.#index = openSync(`${path}-shm`, "r");
    // A writer that was killed in the middle of a fold, beside readers that go on, leaves a log that passes for folded.
    fdatasyncSync(this.#file);
  }

  /** Resolves when all that was committed before this call survives a power cut. Calls share a sync. @throws StoreUnavailableError */
  sync(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#sync(this.#log).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // The one under way may have begun before the commit.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.sync();
      });
    return this.#next;
  }

  /** Whether the log has grown by so much that it should be folded. */
  get isFoldDue(): boolean {
    const pages = this.#pagesOfLog();
    // A log that was folded whole begins anew.
    return pages - (pages < this.#foldedAt ? 0 : this.#foldedAt) >= FOLDED_PAGES;
  }

  #pagesOfLog(): number {
    readSync(this.#index, this.#pages, 0, 4, PAGES_OFFSET);
    return this.#pages[0]!;
  }

  /** Copies the log into the file. Between transactions; the next one must wait for its end. @throws StoreUnavailableError */
  async fold(): Promise<void> {
    await this.sync();
    this.#foldedAt = this.#pagesOfLog();
    // The log is on the disk and the file is synced below: SQLite itself has nothing to wait for.
    this.#database.exec("PRAGMA synchronous = OFF");
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } finally {
      this.#database.exec("PRAGMA synchronous = NORMAL");
    }
    await this.#sync(this.#file);
  }

  /** After the database was closed. */
  close(): void {
    closeSync(this.#index);
    closeSync(this.#log);
    closeSync(this.#file);
  }

  async #sync(file: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#syncFile(file);
    } catch (error) {
      this.#failure = new StoreUnavailableError(
        "the disk failed to keep what was written: nothing more is taken until the collector is started again",
        { cause: error },
      );
      throw this.#failure;
    }
  }
}
