import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { attempt, readStart, writeFully } from "../disk/file-steps.ts";
import { errorCode } from "../disk/spool-fs.ts";
import { call, type Steps } from "../disk/steps.ts";
import { segmentOrdinal } from "../format/segment.ts";
import { formatOwner, type Owner, type OwnerReading, parseOwner } from "./lock.ts";

/**
 * One process life has one incarnation directory, named by its start and a random id. It appears under its name only
 * when its `owner` file is whole, and a dead one is adopted by renaming it to carry the adopter's id: each of these
 * is one rename, so there are never two owners.
 */
export const OWNER_FILE = "owner";
export const LEDGER_FILE = "ledger";
export const BAD_DIRECTORY = "bad";
/** The adopter of a directory that its own process gave up. No incarnation has this id. */
const NOBODY = "0".repeat(32);
const OWNER_BYTES_LIMIT = 64 * 1024;

const NAME = /^i-([0-9a-f]{12})-([0-9a-f]{32})(?:~([0-9a-f]{32}))?$/;
const UNBORN_NAME = /^new-(\d+)-[0-9a-f]{32}$/;

export interface IncarnationName {
  readonly startedMs: number;
  readonly id: string;
  /** The incarnation that adopted this one. */
  readonly adopterId?: string;
}

export function incarnationName(name: IncarnationName): string {
  const started = Math.max(0, Math.floor(name.startedMs)).toString(16).padStart(12, "0");
  return `i-${started}-${name.id}${name.adopterId === undefined ? "" : `~${name.adopterId}`}`;
}

export function parseIncarnationName(name: string): IncarnationName | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const adopterId = match[3];
  return {
    startedMs: Number.parseInt(match[1]!, 16),
    id: match[2]!,
    ...(adopterId === undefined ? {} : { adopterId }),
  };
}

/** The process that was making a directory under this name, or undefined for any other name. */
export function unbornOwnerPid(name: string): number | undefined {
  const match = UNBORN_NAME.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export function newIncarnationId(): string {
  return randomBytes(16).toString("hex");
}

export class UnsafeDirectoryError extends Error {
  readonly code = "UNSAFE_DIRECTORY";
}

/**
 * Makes the spool directory, its parents too, and refuses one in which others can plant files. The directory itself
 * may be reached by a symbolic link: its path is the application's word.
 */
function* ensureSpoolDirectory(directory: string, isDurable: boolean): Steps<void> {
  yield* makeWithParents(directory);
  if (isDurable) yield* syncNamesIn(join(directory, ".."));
  const status = yield* call((fs) => fs.status(`${directory}/.`));
  if (status === undefined || status.kind !== "directory") {
    throw Object.assign(new Error("the spool's path is not a directory"), { code: "ENOTDIR" });
  }
  if (status.isWritableByOthers) throw new UnsafeDirectoryError("the spool directory is writable by other users");
}

function* makeWithParents(directory: string): Steps<void> {
  try {
    yield* call((fs) => fs.mkdir(directory));
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    const parent = join(directory, "..");
    if (errorCode(error) !== "ENOENT" || parent === directory) throw error;
    yield* makeWithParents(parent);
    yield* call((fs) => fs.mkdir(directory));
    yield* syncNamesIn(parent);
  }
}

/** A parent that we may not read belongs to somebody else, who answers for its names. */
function* syncNamesIn(directory: string): Steps<void> {
  try {
    yield* call((fs) => fs.fsyncDirectory(directory));
  } catch (error) {
    if (errorCode(error) !== "EACCES") throw error;
  }
}

export interface NewIncarnation {
  readonly id: string;
  readonly startedMs: number;
  readonly owner: Owner;
  /** Makes the directory survive a power cut. */
  readonly isDurable: boolean;
}

/** Makes an incarnation directory and answers its path. */
export function* createIncarnation(directory: string, incarnation: NewIncarnation): Steps<string> {
  yield* ensureSpoolDirectory(directory, incarnation.isDurable);
  const unborn = join(directory, `new-${incarnation.owner.pid}-${incarnation.id}`);
  const path = join(directory, incarnationName(incarnation));
  yield* call((fs) => fs.mkdir(unborn));
  try {
    yield* writeOwner(join(unborn, OWNER_FILE), incarnation.owner, incarnation.isDurable);
    if (incarnation.isDurable) yield* call((fs) => fs.fsyncDirectory(unborn));
    yield* call((fs) => fs.rename(unborn, path));
  } catch (error) {
    yield* attempt(() => removeUnborn(unborn));
    throw error;
  }
  if (incarnation.isDurable) yield* call((fs) => fs.fsyncDirectory(directory));
  return path;
}

function* writeOwner(path: string, owner: Owner, isDurable: boolean): Steps<void> {
  const fd = yield* call((fs) => fs.open(path, "create"));
  try {
    yield* writeFully(fd, formatOwner(owner), 0);
    if (isDurable) yield* call((fs) => fs.fsync(fd));
  } finally {
    yield* call((fs) => fs.close(fd));
  }
}

/** After a power cut it may hold a ledger: its rename was lost, what came after it was not. Records are never removed. */
export function* removeUnborn(path: string): Steps<void> {
  const names = yield* call((fs) => fs.readdir(path));
  if (names.some((name) => name !== OWNER_FILE && name !== LEDGER_FILE)) return;
  for (const name of names) yield* call((fs) => fs.unlink(join(path, name)));
  yield* call((fs) => fs.rmdir(path));
}

/** Undefined when there is no owner file: given up by its process, or being removed. */
export function* readOwner(path: string): Steps<OwnerReading | undefined> {
  const bytes = yield* readStart(join(path, OWNER_FILE), OWNER_BYTES_LIMIT);
  return bytes === undefined ? undefined : parseOwner(bytes.toString("latin1"));
}

/** Gives a directory up while its process lives on: adopted by nobody, so anybody may adopt it. */
export function* releaseIncarnation(directory: string, name: IncarnationName): Steps<void> {
  const from = join(directory, incarnationName({ startedMs: name.startedMs, id: name.id }));
  const to = join(directory, incarnationName({ startedMs: name.startedMs, id: name.id, adopterId: NOBODY }));
  yield* call((fs) => fs.rename(from, to));
}

/** Removes a directory whose segments are gone. Foreign files stay, and with them the directory. */
export function* removeIncarnation(path: string): Steps<void> {
  const names = yield* call((fs) => fs.readdir(path));
  if (names.some((name) => segmentOrdinal(name) !== undefined)) return;
  // By the names that were read: of names that stand in the code a bundler (Next.js) makes a pattern over the whole project.
  const own = names.filter((name) => name === LEDGER_FILE || name === OWNER_FILE);
  for (const name of own) yield* call((fs) => fs.unlink(join(path, name)));
  if (own.length === names.length) yield* call((fs) => fs.rmdir(path));
}
