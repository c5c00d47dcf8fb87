/** `everspan ledger`: prints the accounts of a spool. */
import { readSpoolAccounts } from "everspan";
import { oneLine } from "../logger.ts";

const COLUMNS = ["created", "delivered", "coalesced", "dropped", "pending"] as const;

export async function ledger(directory: string): Promise<number> {
  const accounts = await readSpoolAccounts(directory);
  if (accounts.length === 0) process.stdout.write("no process has records here\n");
  for (const account of accounts) {
    const state = account.isHeld ? "running" : "dead";
    const started = new Date(account.startedMs).toISOString();
    const pid = account.pid === undefined ? "an unknown process" : `process ${account.pid}`;
    process.stdout.write(
      `${pid}, ${state}, started ${started}, ${account.bytes} bytes in ${account.segments} segments\n`,
    );
    for (const lane of account.lanes) {
      process.stdout.write(
        `  ${oneLine(lane.lane)}: ${COLUMNS.map((column) => `${lane[column]} ${column}`).join(", ")}\n`,
      );
    }
  }
  return 0;
}
