/**
 * A store file as a process sees it that only reads, while another one writes. It keeps nothing in memory but what never
 * changes: frames by their number, words, projects.
 */
import { existsSync } from "node:fs";
import { StoreUnavailableError, type TraceStore } from "../trace-store.ts";
import { olderPathOf } from "./schema/open-database.ts";
import { type OlderTraces, SqliteTraceReader } from "./sqlite-trace-reader.ts";
import { openTables, type Tables } from "./tables.ts";

export interface SqliteReadOnlyStoreOptions {
  readonly path: string;
  /** Asks the process that writes. Called only while there is an older file. */
  readonly older: OlderTraces;
}

const refuse = (): Promise<never> => Promise.reject(new StoreUnavailableError("this process only reads"));

export class SqliteReadOnlyStore extends SqliteTraceReader implements TraceStore {
  protected readonly tables: Tables;
  protected readonly older: OlderTraces;
  readonly write = refuse;
  readonly patch = refuse;
  readonly report = refuse;
  readonly setProducerState = refuse;
  readonly deleteTraces = refuse;
  readonly pin = refuse;
  readonly expire = refuse;

  /** @throws Error that says why the file can't be used; it must be there, written by this version */
  constructor({ path, older }: SqliteReadOnlyStoreOptions) {
    super();
    this.tables = openTables(path, { readOnly: true });
    const mayLieElsewhere = whileThere(olderPathOf(path));
    this.older = {
      fetchTrace: async (project, traceId) => {
        if (mayLieElsewhere()) await older.fetchTrace(project, traceId);
      },
      fetchSpan: async (project, spanId) => {
        if (mayLieElsewhere()) await older.fetchSpan(project, spanId);
      },
    };
  }

  async close(): Promise<void> {
    this.tables.database.close();
  }
}

/** The older file goes for good when all of it was moved. */
function whileThere(path: string): () => boolean {
  let isThere = true;
  return () => {
    isThere &&= existsSync(path);
    return isThere;
  };
}
