/**
 * Writes changes and takes them back. What was written stands in `.everspan/init.json`: a file that was made is removed only
 * while it is what was written, a text is put back only where it still stands. Nothing that somebody else wrote is lost.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Change } from "./plan.ts";

const FOLDER = ".everspan";
const RECORD = join(FOLDER, "init.json");

/** Why a change can't be made; undefined when it can. */
export function obstacleTo(change: Change, directory: string): string | undefined {
  const path = join(directory, change.path);
  if (change.kind === "create") {
    if (!existsSync(path)) return undefined;
    return readFileSync(path, "utf8") === change.content
      ? "it is there already"
      : `there is one, which is left as it is. What it would hold:\n\n${change.content}`;
  }
  if (change.kind === "append") return undefined;
  const found = readFileSync(path, "utf8").split(change.from).length - 1;
  return found === 1 ? undefined : `its text is found ${found} times`;
}

/** @param changes without obstacles */
export function applyChanges(changes: readonly Change[], directory: string): void {
  const before = readRecord(directory) ?? [];
  mkdirSync(join(directory, FOLDER), { recursive: true });
  // First, so that whatever is written can be undone.
  writeFileSync(join(directory, FOLDER, ".gitignore"), "*\n");
  writeFileSync(join(directory, RECORD), `${JSON.stringify([...before, ...changes], null, 2)}\n`);
  for (const change of changes) {
    const path = join(directory, change.path);
    if (change.kind === "create") {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, change.content, { flag: "wx" });
    } else if (change.kind === "append") {
      appendFileSync(path, change.addition);
    } else {
      replaceIn(path, change.from, change.to);
    }
  }
}

export interface Undone {
  readonly change: Change;
  /** Why it was left; undefined when it is undone. */
  readonly reason: string | undefined;
}

/** @returns undefined when nothing was written here */
export function undoChanges(directory: string): readonly Undone[] | undefined {
  const changes = readRecord(directory);
  if (changes === undefined) return undefined;
  const undone = changes.toReversed().map((change) => ({ change, reason: undo(change, directory) }));
  rmSync(join(directory, RECORD), { force: true });
  rmSync(join(directory, FOLDER, ".gitignore"), { force: true });
  try {
    rmdirSync(join(directory, FOLDER));
  } catch {
    // Others keep something there.
  }
  return undone;
}

function undo(change: Change, directory: string): string | undefined {
  const path = join(directory, change.path);
  if (!existsSync(path)) return "it is gone";
  const text = readFileSync(path, "utf8");
  if (change.kind === "create") {
    if (text !== change.content) return "it was changed since";
    rmSync(path);
    return undefined;
  }
  const [written, before] = change.kind === "append" ? [change.addition, ""] : [change.to, change.from];
  if (text.split(written).length !== 2) return "it was changed since";
  replaceIn(path, written, before);
  return undefined;
}

function replaceIn(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, "utf8").split(from).join(to));
}

function readRecord(directory: string): readonly Change[] | undefined {
  const path = join(directory, RECORD);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Change[]) : undefined;
}
