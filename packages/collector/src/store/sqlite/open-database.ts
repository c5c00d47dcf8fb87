/** Opens a store file for one writer: durable on commit, refusing what a hostile file could do. */

import { closeSync, openSync } from "node:fs";
import { migrate } from "./schema.ts";
import { type Database, DatabaseSync } from "./sqlite.ts";

/**
 * - `synchronous = FULL`: a commit is on the disk when it returns, also after a power cut.
 * - `wal_autocheckpoint`: the log is folded back each 4 MiB, so it stays bounded.
 * - `trusted_schema`, `cell_size_check`: a file that somebody prepared can't run functions or crash the reader.
 */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -32768;
`;

/** @param path file (created with mode 0600; SQLite gives its log the same), or `:memory:` */
export function openDatabase(path: string): Database {
  if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path, { defensive: true, timeout: 1000 });
  try {
    database.exec(SETTINGS);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw new Error(`the store ${path} can't be opened: ${(error as Error).message}`, { cause: error });
  }
}
