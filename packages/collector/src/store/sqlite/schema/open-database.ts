/** Opens a store file for one writer, refusing what a hostile file could do. */
import { closeSync, existsSync, lstatSync, openSync, readSync, renameSync } from "node:fs";
import { TERM_TABLE } from "../search/term-table.ts";
import { APPLICATION_ID, BASE_FORMAT, prepareSchema, refuseOtherFormat } from "./schema.ts";
import { type Database, DatabaseSync } from "./sqlite.ts";

/**
 * - `auto_vacuum`: must be set before the first table; what retention removes can then be given back to the disk.
 * - `synchronous = NORMAL`, no `wal_autocheckpoint`: the log and the file are synced by `StoreDisk`, off the event loop.
 * - `secure_delete`: what is removed from a page that stays is overwritten; a page that is given back goes with the file.
 * - `trusted_schema`, `cell_size_check`: a file that somebody prepared can't run functions or crash the reader.
 */
const SETTINGS = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = 8388608;
  PRAGMA secure_delete = FAST;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -16384;
`;

/** A larger file is not looked over at start: that would take seconds, and each damaged page is told when it is read. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024;

/** Where a file of format 1 or 2 lies while it is moved over. */
export function olderPathOf(path: string): string {
  return `${path.replace(/\.db$/, "")}-format2.db`;
}

/** @param path file (created with mode 0600; SQLite gives its log the same), or `:memory:` */
export function openDatabase(path: string): Database {
  try {
    const mustCheck = isUnclean(path) && lstatSync(path).size <= MAX_CHECKED_BYTES;
    if (path !== ":memory:") prepareFile(path);
    const database = new DatabaseSync(path, { defensive: true, timeout: 1000 });
    try {
      database.exec(SETTINGS);
      prepareSchema(database);
      database.exec(TERM_TABLE);
      if (mustCheck) refuseDamage(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw new Error(`the store ${path} can't be opened: ${(error as Error).message}`, { cause: error });
  }
}

const READ_ONLY_SETTINGS = `
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -8192;
  ${TERM_TABLE};
  PRAGMA query_only = ON;
`;

/** Beside the connection that writes. @param path of a file that `openDatabase` of this version has opened */
export function openReadOnly(path: string): Database {
  try {
    const database = new DatabaseSync(path, { readOnly: true, defensive: true, timeout: 1000 });
    try {
      database.exec(READ_ONLY_SETTINGS);
      refuseOtherFormat(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw new Error(`the store ${path} can't be opened for reading: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether the file was left by a process that did not stop cleanly: then its pages are looked over before use. */
function isUnclean(path: string): boolean {
  return path !== ":memory:" && existsSync(path) && existsSync(`${path}-wal`) && lstatSync(`${path}-wal`).size > 0;
}

function refuseDamage(database: Database): void {
  const row = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (row.quick_check === "ok") return;
  throw new Error(`its pages are damaged (${row.quick_check}): use a copy of it, or another data directory`);
}

function prepareFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() || found?.isDirectory()) throw new Error("it is not a file of its own");
  closeSync(openSync(path, "a", 0o600));
  if (found === undefined || found.size === 0) return;
  if (isUnclean(path)) foldLog(path);
  const format = formatOfFile(path);
  if (format === undefined || format === 0 || format >= BASE_FORMAT) return;
  renameSync(path, olderPathOf(path));
  closeSync(openSync(path, "a", 0o600));
}

/** No statement is prepared: one that is not finalized would keep the file open after the connection is closed. */
function foldLog(path: string): void {
  const database = new DatabaseSync(path, { defensive: true, timeout: 1000 });
  try {
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** From the file's header (SQLite's file format, section 1.3); undefined when it is another program's, or no database. */
function formatOfFile(path: string): number | undefined {
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(100);
    readSync(file, header, 0, header.byteLength, 0);
    return header.readUInt32BE(68) === APPLICATION_ID ? header.readUInt32BE(60) : undefined;
  } finally {
    closeSync(file);
  }
}
