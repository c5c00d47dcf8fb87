/** `everspan copy`: the traces of the embedded store into one that several collectors share. */
import { copyTraces } from "../copy/copy-traces.ts";
import { parseClickHouseAddress, shownAddress } from "../store/clickhouse/address.ts";
import { ClickHouseTraceStore } from "../store/clickhouse/clickhouse-trace-store.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { openAlone } from "./open-alone.ts";
import { UsageError } from "./usage-error.ts";

export interface CopyFlags {
  readonly data: string;
  readonly to?: string;
  readonly project: string;
}

/** @returns 0 when every trace has as many spans there as here. @throws UsageError; Error with a sentence */
export async function copy({ data, to, project }: CopyFlags, environment: NodeJS.ProcessEnv): Promise<number> {
  const address = to ?? environment.EVERSPAN_STORE;
  if (!address)
    throw new UsageError("say where to: --to clickhouse://user:password@host:port/database, or EVERSPAN_STORE");
  const shown = shownAddress(parseClickHouseAddress(address));
  const directory = openAlone(data, ", what it stores meanwhile would be missed");
  let source: SqliteTraceStore | undefined;
  let target: ClickHouseTraceStore | undefined;
  try {
    source = new SqliteTraceStore({ path: directory.storePath });
    target = await ClickHouseTraceStore.open({ address });
    const isWatched = process.stderr.isTTY === true;
    const onProgress = (traces: number) => isWatched && process.stderr.write(`\r${traces} traces`);
    const result = await copyTraces({ source, target, project, onProgress });
    if (isWatched) process.stderr.write("\n");
    const { traces, skipped, spans, different } = result;
    process.stdout.write(`${traces} traces with ${spans} spans are in ${shown}; ${skipped} were there already\n`);
    for (const id of different)
      process.stderr.write(`everspan: another number of spans there: ${JSON.stringify(id)}\n`);
    return different.length === 0 ? 0 : 1;
  } finally {
    // Also when a write failed: a target that is open keeps its timers, and with them the process.
    await closeBoth(target, source).finally(() => directory.release());
  }
}

async function closeBoth(target?: ClickHouseTraceStore, source?: SqliteTraceStore): Promise<void> {
  try {
    await target?.close();
  } finally {
    await source?.close();
  }
}
