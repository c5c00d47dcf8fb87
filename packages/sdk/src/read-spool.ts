import type { LaneCounts } from "./spool/format/ledger-file.ts";
import type { SpoolAccount } from "./spool/read/inspect.ts";

export type { LaneCounts, SpoolAccount };

/**
 * The accounts of all processes that have records in a spool directory, oldest first. Reads only: nothing is adopted.
 * @throws the file system's error when the directory can't be read
 */
export async function readSpoolAccounts(directory: string): Promise<readonly SpoolAccount[]> {
  const spool = await import("./spool/read/inspect.ts");
  return spool.readSpoolAccounts(directory);
}
