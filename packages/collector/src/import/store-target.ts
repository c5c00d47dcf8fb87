/** The store itself, while no collector runs on its directory. */
import type { SpanSnapshot } from "@everspan/protocol";
import { openDataDirectory } from "../data-directory.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { SpanRefusedError } from "../store/trace-store.ts";
import { type ImportTarget, SpansRefusedError } from "./import-target.ts";

/** @throws DirectoryInUseError; Error that says why the directory or the store can't be used */
export function openStoreTarget(directory: string, project: string): ImportTarget {
  const held = openDataDirectory(directory);
  let store: SqliteTraceStore;
  try {
    store = new SqliteTraceStore({ path: held.storePath });
  } catch (error) {
    held.release();
    throw error;
  }
  return {
    name: held.path,
    write: async (snapshots: readonly SpanSnapshot[], order) => {
      const verdicts = await store.write(project, snapshots, { order }).catch((error: unknown) => {
        throw error instanceof SpanRefusedError ? new SpansRefusedError(error.message) : error;
      });
      return verdicts.filter((verdict) => verdict === "stored-new").length;
    },
    close: async () => {
      await store.close();
      held.release();
    },
  };
}
