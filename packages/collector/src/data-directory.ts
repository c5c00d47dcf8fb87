/**
 * The collector's directory: its owner's alone, held by one collector at a time, and looked at while it is used.
 *
 * The lock is one that the operating system holds on an open file (through SQLite's own locking), so it ends with the
 * process, however that dies: there is no stale lock to judge, and no process id that another process may have now.
 * Links are refused, since a directory that somebody prepared (one that came with a cloned repository) could lead the
 * collector to write over files elsewhere.
 */
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Database, DatabaseSync } from "./store/sqlite/schema/sqlite.ts";

export interface DataDirectory {
  readonly path: string;
  /** The store's file. */
  readonly storePath: string;
  /** From now on `problem` compares the files with what they are now: to be called once the store is open. */
  watch(): void;
  /**
   * What happened to the files behind the collector's back, in a sentence; undefined while they are the ones that it
   * opened. What is written after that would be lost with them.
   */
  problem(): string | undefined;
  release(): void;
}

const STORE = "everspan.db";
const LOCK = "collector.lock";
const OWNER = "collector.pid";
/** Held by the process that writes, where that is another than the collector's. */
const WRITER_LOCK = "writer.lock";
/** All that the collector writes here itself; SQLite names the logs. */
const FILES = ["tokens.json", STORE, `${STORE}-wal`, `${STORE}-shm`, LOCK, WRITER_LOCK, OWNER];

const isPosix = process.platform !== "win32";

/** A collector runs on the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = "DirectoryInUseError";
}

/**
 * @throws DirectoryInUseError; Error with a sentence for the user when the directory can't be made, or is unsafe
 */
export function openDataDirectory(directory: string): DataDirectory {
  const path = resolve(directory);
  makePrivate(path);
  for (const file of FILES) makeFilePrivate(join(path, file));
  const lock = takeLock(path);
  const storePath = join(path, STORE);
  let opened: ReadonlyMap<string, string | undefined> = new Map();
  const watch = (): void => {
    const files = [storePath, join(path, LOCK)].map((file) => [file, identityOf(file)] as const);
    // A store elsewhere has no file here.
    opened = new Map(files.filter(([, identity]) => identity !== undefined));
  };
  return { path, storePath, watch, problem: () => findChange(opened), release: () => lock.close() };
}

/** Makes the directory or checks that it is one's own, without taking it. @returns its absolute path. @throws Error */
export function openDataFolder(directory: string): string {
  const path = resolve(directory);
  makePrivate(path);
  makeFilePrivate(join(path, "tokens.json"));
  return path;
}

/**
 * Where spans are kept when nobody says: the user's directory for data, the same from whatever directory the collector
 * is started. A folder that one happens to stand in is no place for prompts, nor one to trust.
 */
export function defaultDataDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (environment.EVERSPAN_DATA) return environment.EVERSPAN_DATA;
  if (platform === "win32") return join(environment.LOCALAPPDATA || join(home, "AppData", "Local"), "everspan");
  if (platform === "darwin") return join(home, "Library", "Application Support", "everspan");
  return join(environment.XDG_DATA_HOME || join(home, ".local", "share"), "everspan");
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`the data directory ${path} can't be made: ${(error as Error).message}`, { cause: error });
  }
  const stats = lstatSync(path);
  const what = `the data directory ${path}`;
  if (!stats.isDirectory()) throw new Error(`${what} is a link: name the directory that it leads to`);
  refuseForeignOwner(stats, what);
  if (isPosix && (stats.mode & 0o022) !== 0) {
    throw new Error(`${what} can be written by other users: chmod 700 it, or use another`);
  }
}

/** Of an earlier collector, or of somebody who prepared the directory. */
function makeFilePrivate(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isFile()) throw new Error(`${path} is not a regular file: the collector writes to no link or device`);
  if (stats.nlink > 1) throw new Error(`${path} has another name elsewhere (a hard link): use another data directory`);
  refuseForeignOwner(stats, path);
  if (isPosix && (stats.mode & 0o077) !== 0) chmodSync(path, 0o600);
}

function refuseForeignOwner({ uid }: Stats, what: string): void {
  if (process.getuid === undefined || uid === process.getuid()) return;
  throw new Error(`${what} belongs to another user (uid ${uid}): use a directory of your own`);
}

function noFollow(): number {
  return isPosix ? constants.O_NOFOLLOW : 0;
}

/** What SQLite says of a lock that is another's. */
const BUSY = "database is locked";

/** How long a writer waits for the one of a collector that was killed, which ends as soon as it notices. */
const WRITER_WAIT_MS = 10_000;

/**
 * The right to write to the store, for as long as the returned database is open. A collector that is killed leaves its
 * writer alive for a moment; two of them would not know of each other's words and numbers.
 * @param directory that the caller's collector holds. @throws Error
 */
export function takeWriterLock(directory: string): Database {
  const lockPath = join(directory, WRITER_LOCK);
  try {
    return lockFile(lockPath, WRITER_WAIT_MS);
  } catch (error) {
    if ((error as Error).message !== BUSY) throw error;
    throw new Error(`another process still writes to the store in ${directory}`, { cause: error });
  }
}

/** @throws what SQLite says when the lock is another's for longer than that */
function lockFile(lockPath: string, waitMs: number): Database {
  closeSync(openSync(lockPath, constants.O_APPEND | constants.O_CREAT | constants.O_RDWR | noFollow(), 0o600));
  const lock = new DatabaseSync(lockPath, { timeout: waitMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function takeLock(path: string): Database {
  const ownerPath = join(path, OWNER);
  let lock: Database;
  try {
    lock = lockFile(join(path, LOCK), 0);
  } catch (error) {
    const owner = readOwner(ownerPath);
    throw new DirectoryInUseError(`the data directory ${path} is in use by another collector (${owner})`, {
      cause: error,
    });
  }
  writeFileSync(ownerPath, `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

/** Only for the message. */
function readOwner(ownerPath: string): string {
  try {
    return `process ${Number.parseInt(readFileSync(ownerPath, "utf8"), 10)}`;
  } catch {
    return "process unknown";
  }
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

function findChange(opened: ReadonlyMap<string, string | undefined>): string | undefined {
  for (const [path, identity] of opened) {
    const now = identityOf(path);
    if (now === undefined) return `${path} was deleted or moved while the collector was running`;
    if (now !== identity) return `${path} was replaced while the collector was running`;
  }
  return undefined;
}
