/**
 * One death of an agent, or two in a row on one spool, and the start after it, looked at from outside: by what the
 * agents said they recorded, by the accounts of all processes, and by what a collector shows over HTTP.
 */
import { readdir } from "node:fs/promises";
import type { LaneStats } from "everspan";
import { readSpoolAccounts } from "everspan/internals";
import type { CollectorProcess } from "./collector-process.ts";
import { type AgentLife, DEAD_BACK_END, type KillMoment, runSpooledAgent } from "./spooled-agent.ts";
import { type StoredLife, storedLife } from "./stored-life.ts";

export interface KillCycleOptions {
  readonly directory: string;
  readonly exporter: "sgp" | "collector";
  readonly kill: KillMoment;
  /** When the next agent on that spool is killed too, in the midst of what it adopts. Default: there is no such agent. */
  readonly killHeir?: KillMoment;
  /** Whether the collector can be reached before the kill. */
  readonly isCollectorUp: boolean;
}

export interface KillCycle {
  readonly options: KillCycleOptions;
  readonly life: AgentLife;
  /** Of the agent that adopted what the first one left, and was killed too. */
  readonly heir: AgentLife | undefined;
  /** What the strict ledgers of the killed processes say: none of one that died before its spool was open. */
  readonly dead: readonly DeadAccount[];
  readonly stored: StoredLife;
  /** Ended and on disk before the kill, and not ended at the collector after the next start. */
  readonly lostEnded: readonly string[];
  /** Open and on disk before the kill, and neither ended nor `Interrupted` afterwards. */
  readonly lostOpen: readonly string[];
  /** Open and on disk, never ended by the agent, and yet not `Interrupted` afterwards. */
  readonly notInterrupted: readonly string[];
  readonly recovered: number;
  readonly crash: number;
  readonly corrupt: number;
  /** What in the account does not add up; none when it is exact. */
  readonly discrepancies: readonly string[];
}

interface DeadAccount {
  readonly created: number;
  readonly delivered: number;
  readonly coalesced: number;
  readonly dropped: number;
  readonly pending: number;
}

export async function killCycle(collector: CollectorProcess, options: KillCycleOptions): Promise<KillCycle> {
  const { directory, exporter, kill } = options;
  const backEndUrl = options.isCollectorUp ? collector.url : DEAD_BACK_END;
  const life = await runSpooledAgent("run", { backEndUrl, directory, exporter, kill });
  const heir =
    options.killHeir && (await runSpooledAgent("run", { backEndUrl, directory, exporter, kill: options.killHeir }));
  const dead = await accountsOfTheDead(directory);
  const { stats } = await runSpooledAgent("recover", { backEndUrl: collector.url, directory, exporter });
  const next = stats?.lanes[exporter];
  if (next === undefined) throw new Error("the start after the kill said nothing");
  const lives = heir === undefined ? [life] : [life, heir];
  const recorded = { traceIdOf: new Map(lives.flatMap((each) => [...each.recorded.traceIdOf])) };
  const stored = await storedLife(collector, recorded, lives.length);
  const left = (await readdir(directory)).map((name) => `${name} is left in the directory`);
  const isInterrupted = (id: string) => stored.interrupted.has(id);
  return {
    options,
    life,
    heir,
    dead,
    stored,
    lostEnded: lives.flatMap(({ ended }) => ended.filter((id) => !stored.ended.has(id))),
    lostOpen: lives.flatMap(({ open }) => open.filter((id) => !stored.ended.has(id) && !isInterrupted(id))),
    notInterrupted: lives.flatMap((each) =>
      each.open.filter((id) => !each.recorded.ending.has(id) && !isInterrupted(id)),
    ),
    recovered: next.recovered,
    crash: next.dropped.crash,
    corrupt: next.dropped.corrupt,
    discrepancies: [
      ...left,
      ...discrepanciesOf(dead, next),
      ...(heir === undefined ? discrepanciesOfOneLife(life, stored, dead[0], next, options.isCollectorUp) : []),
    ],
  };
}

/** By the strict ledgers of the processes that were killed; of one that died before its spool was open there is none. */
async function accountsOfTheDead(directory: string): Promise<readonly DeadAccount[]> {
  const accounts = await readSpoolAccounts(directory).catch(() => []);
  return accounts.flatMap(({ lanes }) => lanes);
}

/** What the dead left is recovered, each record once, and all of it is settled. */
function discrepanciesOf(dead: readonly DeadAccount[], next: LaneStats): string[] {
  const dropped = sum(Object.values(next.dropped));
  const pending = sum(Object.values(next.pending));
  return [
    ...expectBetween("recovered by the next start", next.recovered, sum(dead.map((account) => account.pending))),
    ...expectBetween("settled by the next start", next.delivered + next.coalesced + dropped, next.recovered),
    ...expectBetween("pending after the next start", pending, 0),
  ];
}

function discrepanciesOfOneLife(
  life: AgentLife,
  stored: StoredLife,
  dead: DeadAccount | undefined,
  next: LaneStats,
  isCollectorUp: boolean,
): string[] {
  return dead === undefined ? unaccounted(life) : besideTheFacts(life, stored, dead, next, isCollectorUp);
}

/** A process without an account promised nothing yet. */
function unaccounted({ ended, open }: AgentLife): string[] {
  return expectBetween("records on disk of a process without an account", ended.length + open.length, 0);
}

/** The account beside what the agent said and what the store shows. */
function besideTheFacts(
  { recorded }: AgentLife,
  stored: StoredLife,
  dead: DeadAccount,
  next: LaneStats,
  isCollectorUp: boolean,
): string[] {
  const { traceIdOf, ending, settledStarts, settledEnds } = recorded;
  const delivered = dead.delivered + next.delivered;
  const lost = dead.dropped + sum(Object.values(next.dropped));
  const endsMissing = (ids: Iterable<string>) => [...ids].filter((id) => !stored.ended.has(id)).length;
  const absent = (ids: Iterable<string>) => [...ids].filter((id) => !stored.ids.has(id)).length;
  const leftOpen = [...settledStarts].filter((id) => !ending.has(id));
  // The burst that the kill broke off is accounted for as a whole or not at all, and its last span was not named yet.
  const settled = settledStarts.size + settledEnds.size;
  const announced = traceIdOf.size + ending.size + 1;
  const leastLost = endsMissing(settledEnds) + absent(leftOpen);
  const mostLost = endsMissing(ending) + absent(traceIdOf.keys()) + 1;
  // What was under way at the kill may have arrived, and the dead can't know: it counts as lost when it was not on disk.
  const unknown = isCollectorUp ? lost : 0;
  return [
    ...expectBetween("created", dead.created, settled, announced),
    ...expectBetween("lost", lost, leastLost, mostLost + unknown),
    ...expectBetween("delivered", delivered, stored.ended.size - unknown, stored.ended.size + traceIdOf.size),
  ];
}

function expectBetween(what: string, value: number, least: number, most = least): string[] {
  if (value >= least && value <= most) return [];
  return [`${what}: ${value}, expected ${least === most ? least : `${least} to ${most}`}`];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
