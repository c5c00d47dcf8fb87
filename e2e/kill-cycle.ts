/** One death of an agent and the start after it, with the account of both. */
import { readdir } from "node:fs/promises";
import { readSpoolAccounts } from "everspan/internals";
import type { SpanBackEnd } from "./span-back-end.ts";
import { type AgentLife, DEAD_BACK_END, runSpooledAgent } from "./spooled-agent.ts";

export interface KillCycle {
  readonly life: AgentLife;
  /** Ended and on disk before the kill, and not ended at the back end after the next start. */
  readonly lostEnded: readonly string[];
  /** Open and on disk before the kill, and neither ended nor `Interrupted` afterwards. */
  readonly lostOpen: readonly string[];
  readonly interrupted: number;
  /** By the dead process's own ledger. */
  readonly pendingAtDeath: number;
  readonly recovered: number;
  readonly crash: number;
  readonly corrupt: number;
  /** What the dead had pending is what the next start recovered, to the record, and nothing is left. */
  readonly isExact: boolean;
}

export async function killCycle(
  backEnd: SpanBackEnd,
  directory: string,
  killAfterMs: number,
  isBackEndUp: boolean,
): Promise<KillCycle> {
  const backEndUrl = isBackEndUp ? backEnd.url : DEAD_BACK_END;
  const life = await runSpooledAgent("run", { backEndUrl, directory, killAfterMs });
  const pendingAtDeath = await pendingByLedgers(directory);
  const { stats } = await runSpooledAgent("recover", { backEndUrl: backEnd.url, directory });
  const lane = stats?.lanes.sgp;
  if (lane === undefined) throw new Error("the start after the kill said nothing");
  const stands = (id: string) => backEnd.spans.get(id);
  const left = await readdir(directory);
  return {
    life,
    lostEnded: life.ended.filter((id) => stands(id)?.phase !== "ended" || stands(id)?.status !== "OK"),
    lostOpen: life.open.filter((id) => stands(id)?.phase !== "ended"),
    interrupted: life.open.filter((id) => stands(id)?.error?.type === "Interrupted").length,
    pendingAtDeath,
    recovered: lane.recovered,
    crash: lane.dropped.crash,
    corrupt: lane.dropped.corrupt,
    isExact: lane.recovered === pendingAtDeath && left.length === 0 && stats?.ok === (lane.dropped.crash === 0),
  };
}

/** By the strict ledgers of the dead. */
async function pendingByLedgers(directory: string): Promise<number> {
  const accounts = await readSpoolAccounts(directory).catch(() => []);
  return accounts.flatMap(({ lanes }) => lanes).reduce((sum, { pending }) => sum + pending, 0);
}
