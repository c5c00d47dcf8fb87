import { basename, join } from "node:path";
import { errorCode } from "../disk/spool-fs.ts";
import { call, type Steps } from "../disk/steps.ts";
import { BAD_DIRECTORY } from "./incarnation.ts";

/** Damaged segments are evidence: they are kept as `bad/….bad` up to this many bytes in sum, the oldest going first. */
export const QUARANTINE_BYTES = 64 * 1024 * 1024;

/** Answers false when the file is larger than the whole quota; it then stays where it is. */
export function* quarantine(
  directory: string,
  path: string,
  incarnationId: string,
  quotaBytes = QUARANTINE_BYTES,
): Steps<boolean> {
  const status = yield* call((fs) => fs.status(path));
  if (status === undefined) return true;
  if (status.bytes > quotaBytes) return false;
  const bad = join(directory, BAD_DIRECTORY);
  yield* ensureDirectory(bad);
  yield* makeRoom(bad, quotaBytes - status.bytes);
  yield* call((fs) => fs.rename(path, join(bad, `${incarnationId}-${basename(path)}.bad`)));
  return true;
}

function* ensureDirectory(path: string): Steps<void> {
  try {
    yield* call((fs) => fs.mkdir(path));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

function* makeRoom(bad: string, roomBytes: number): Steps<void> {
  const kept: { path: string; bytes: number; modifiedMs: number }[] = [];
  const names = yield* call((fs) => fs.readdir(bad));
  for (const name of names.filter((name) => name.endsWith(".bad"))) {
    const path = join(bad, name);
    const status = yield* call((fs) => fs.status(path));
    if (status !== undefined) kept.push({ path, bytes: status.bytes, modifiedMs: status.modifiedMs });
  }
  kept.sort((a, b) => b.modifiedMs - a.modifiedMs);
  let sum = 0;
  for (const file of kept) {
    sum += file.bytes;
    if (sum > roomBytes) yield* call((fs) => fs.unlink(file.path));
  }
}
