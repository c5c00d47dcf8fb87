/** `everspan backup` and `everspan restore`: a whole copy of a store, taken while its collector runs. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { openDataDirectory, openDataFolder } from "../data-directory.ts";
import { olderPathOf } from "../store/sqlite/schema/open-database.ts";
import { APPLICATION_ID, NEWEST_FORMAT } from "../store/sqlite/schema/schema.ts";
import { DatabaseSync } from "../store/sqlite/schema/sqlite.ts";

/** A copy of one moment: what is written meanwhile is not in it, and waits for nothing. @throws Error */
export function backup(target: string, data: string): number {
  const source = join(openDataFolder(data), "everspan.db");
  const path = resolve(target);
  if (!existsSync(source)) throw new Error(`there is no store in ${data}`);
  if (existsSync(olderPathOf(source))) {
    throw new Error("the store is being moved to its new format: start the collector, and back it up when it is done");
  }
  if (existsSync(path)) throw new Error(`${path} exists: a backup overwrites nothing`);
  const draft = `${path}.part`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, "wx", 0o600));
  const database = new DatabaseSync(source, { readOnly: true, timeout: 10_000 });
  try {
    database.exec(`VACUUM INTO '${draft.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
  checkStoreFile(draft);
  syncFile(draft);
  renameSync(draft, path);
  process.stdout.write(`${path}: ${statSync(path).size} bytes\n`);
  return 0;
}

/** @param replaces whether a store that is there may be replaced. @throws Error when the file is no whole store */
export function restore(source: string, data: string, replaces: boolean): number {
  const directory = openDataDirectory(data);
  try {
    const { storePath } = directory;
    const isThere = existsSync(storePath) && statSync(storePath).size > 0;
    if (isThere && !replaces)
      throw new Error(`${storePath} holds a store: say --replace to put the backup in its place`);
    const draft = `${storePath}.restored`;
    copyFileSync(resolve(source), draft);
    chmodSync(draft, 0o600);
    checkStoreFile(draft);
    syncFile(draft);
    for (const suffix of ["-wal", "-shm"]) rmSync(`${storePath}${suffix}`, { force: true });
    renameSync(draft, storePath);
    process.stdout.write(`${storePath}: ${statSync(storePath).size} bytes\n`);
    return 0;
  } finally {
    directory.release();
  }
}

/** X28: the file may come from anywhere. @throws Error that says why it is no store of this version, or damaged */
function checkStoreFile(path: string): void {
  let problem: string | undefined;
  try {
    const database = new DatabaseSync(path, { readOnly: true, defensive: true });
    try {
      database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
      const numberOf = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0] as number;
      const version = numberOf("user_version");
      const [first] = database.prepare("PRAGMA integrity_check(1)").all() as { integrity_check: string }[];
      if (numberOf("application_id") !== APPLICATION_ID) problem = "it is no store of Everspan";
      else if (version > NEWEST_FORMAT) problem = `it has format ${version}, which is newer than this version's`;
      else if (first?.integrity_check !== "ok") problem = `it is damaged: ${first?.integrity_check}`;
    } finally {
      database.close();
    }
  } catch (error) {
    problem = (error as Error).message;
  }
  if (problem === undefined) return;
  rmSync(path, { force: true });
  throw new Error(`the copy can't be used: ${problem}`);
}

function syncFile(path: string): void {
  const file = openSync(path, "r+");
  fsyncSync(file);
  closeSync(file);
}
