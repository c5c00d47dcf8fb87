/** `everspan reindex`: what the store derived from payloads is derived anew. After an upgrade it happens by itself. */
import { readPriceOverrides } from "../cost/price-overrides.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { openAlone } from "./open-alone.ts";

export interface ReindexFlags {
  readonly data: string;
  readonly prices?: string;
}

/** @throws Error with a sentence: the prices, the directory or the store can't be used */
export async function reindex({ data, prices }: ReindexFlags): Promise<number> {
  const options = prices === undefined ? {} : { prices: readPriceOverrides(prices) };
  const directory = openAlone(data, ". After an upgrade it does this by itself");
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
