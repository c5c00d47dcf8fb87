/**
 * One death of an agent and the start after it, looked at from outside: by what the agent said it recorded, by the
 * accounts of both processes, and by what a collector shows over HTTP.
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
  /** Whether the collector can be reached before the kill. */
  readonly isCollectorUp: boolean;
}

export interface KillCycle {
  readonly options: KillCycleOptions;
  readonly life: AgentLife;
  /** What the strict ledger of the killed process says; undefined when it died before its spool was open. */
  readonly dead: DeadAccount | undefined;
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
  const dead = await accountOfTheDead(directory);
  const { stats } = await runSpooledAgent("recover", { backEndUrl: collector.url, directory, exporter });
  const next = stats?.lanes[exporter];
  if (next === undefined) throw new Error("the start after the kill said nothing");
  const stored = await storedLife(collector, life.recorded);
  const left = (await readdir(directory)).map((name) => `${name} is left in the directory`);
  return {
    options,
    life,
    dead,
    stored,
    lostEnded: life.ended.filter((id) => !stored.ended.has(id)),
    lostOpen: life.open.filter((id) => !stored.ended.has(id) && !stored.interrupted.has(id)),
    notInterrupted: life.open.filter((id) => !life.recorded.ending.has(id) && !stored.interrupted.has(id)),
    recovered: next.recovered,
    crash: next.dropped.crash,
    corrupt: next.dropped.corrupt,
    discrepancies: [...left, ...discrepanciesOf(life, stored, dead, next, options.isCollectorUp)],
  };
}

/** By the strict ledger of the process that was killed; undefined when it died before its spool was open. */
async function accountOfTheDead(directory: string): Promise<DeadAccount | undefined> {
  const accounts = await readSpoolAccounts(directory).catch(() => []);
  return accounts.flatMap(({ lanes }) => lanes)[0];
}

function discrepanciesOf(
  life: AgentLife,
  stored: StoredLife,
  dead: DeadAccount | undefined,
  next: LaneStats,
  isCollectorUp: boolean,
): string[] {
  const dropped = sum(Object.values(next.dropped));
  const pending = sum(Object.values(next.pending));
  return [
    ...expectBetween("recovered by the next start", next.recovered, dead?.pending ?? 0, dead?.pending ?? 0),
    ...expectBetween("settled by the next start", next.delivered + next.coalesced + dropped, next.recovered),
    ...expectBetween("pending after the next start", pending, 0),
    ...(dead === undefined ? unaccounted(life) : besideTheFacts(life, stored, dead, next, isCollectorUp)),
  ];
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
