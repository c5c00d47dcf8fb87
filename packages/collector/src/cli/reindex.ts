/** `everspan reindex`: what the store derived from payloads is derived anew. After an upgrade it happens by itself. */
import { readPriceOverrides } from "../cost/price-overrides.ts";
import { DirectoryInUseError, openDataDirectory } from "../data-directory.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";

export interface ReindexFlags {
  readonly data: string;
  readonly prices?: string;
}

/** @throws Error with a sentence: the prices, the directory or the store can't be used */
export async function reindex({ data, prices }: ReindexFlags): Promise<number> {
  const options = prices === undefined ? {} : { prices: readPriceOverrides(prices) };
  const directory = openHeld(data);
  try {
    const store = new SqliteTraceStore({ path: directory.storePath, ...options });
    const isWatched = process.stderr.isTTY === true;
    const spans = await store.rederive((done) => {
      if (isWatched) process.stderr.write(`\r${done} spans`);
    });
    if (isWatched) process.stderr.write("\n");
    await store.close();
    process.stdout.write(`${spans} spans were read anew\n`);
    return 0;
  } finally {
    directory.release();
  }
}

function openHeld(data: string): ReturnType<typeof openDataDirectory> {
  try {
    return openDataDirectory(data);
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    throw new Error(`${error.message}: stop it first. After an upgrade it does this by itself`, { cause: error });
  }
}
