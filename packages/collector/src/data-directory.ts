/**
 * The collector's directory: made for its owner only, and held by one collector at a time.
 *
 * The lock is one that the operating system holds on an open file (through SQLite's own locking), so it ends with the
 * process, however that dies: there is no stale lock to judge, and no process id that another process may have now.
 */

import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Database, DatabaseSync } from "./store/sqlite/sqlite.ts";

export interface DataDirectory {
  /** The store's file. */
  readonly storePath: string;
  release(): void;
}

/** @throws Error with a sentence for the user when the directory can't be made, is unsafe, or is in use */
export function openDataDirectory(directory: string): DataDirectory {
  const path = resolve(directory);
  makePrivate(path);
  const lock = takeLock(path);
  return { storePath: join(path, "everspan.db"), release: () => lock.close() };
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`the data directory ${path} can't be made: ${(error as Error).message}`, { cause: error });
  }
  if (process.platform === "win32" || (statSync(path).mode & 0o022) === 0) return;
  throw new Error(`the data directory ${path} can be written by other users: chmod 700 it, or use another`);
}

function takeLock(path: string): Database {
  const lockPath = join(path, "collector.lock");
  const ownerPath = join(path, "collector.pid");
  closeSync(openSync(lockPath, "a", 0o600));
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new Error(`the data directory ${path} is in use by another collector (${readOwner(ownerPath)})`, {
      cause: error,
    });
  }
  writeFileSync(ownerPath, `${process.pid}\n`, { mode: 0o600 });
  chmodSync(ownerPath, 0o600);
  return lock;
}

/** Only for the message. */
function readOwner(ownerPath: string): string {
  try {
    return `process ${readFileSync(ownerPath, "utf8").trim()}`;
  } catch {
    return "process unknown";
  }
}
