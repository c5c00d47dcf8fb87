import type { SpanSnapshot } from "@everspan/protocol";
import type { readSpoolAccounts, SpanRecord } from "everspan/internals";
import { must } from "../simulator/violation.ts";
import type { Life, Offered } from "./life.ts";
import type { LifePlan, LivesPlan } from "./lives-plan.ts";
import type { ModelStore } from "./model-store.ts";

/** A life that is over, and what the disk says of it. */
export interface EndedLife {
  readonly life: Life;
  readonly plan: LifePlan;
  /** The place in the disk's log at which it ended: what came after never was. */
  readonly at: number;
  /** The accounts on disk that its successor finds. */
  readonly accounts: Awaited<ReturnType<typeof readSpoolAccounts>>;
}

/** What the application did with one span in one life. */
interface SpanFate {
  readonly id: string;
  readonly start: Offered | undefined;
  readonly standing: Offered | undefined;
  readonly end: Offered | undefined;
}

/**
 * - What was promised to be on disk is at each back end, or in a loss that is counted: I2.
 * - Each back end stores what was recorded, byte for byte, and one snapshot of each span: I3.
 * - The account on disk is the account in memory; who comes after recovers exactly what was pending: I1.
 */
export function checkFates(
  plan: LivesPlan,
  ended: readonly EndedLife[],
  last: Life,
  stores: readonly ModelStore[],
): void {
  const isExact = ended.every(({ life, plan: { ending } }) => !life.hadFault && ending.kind !== "power-cut");
  for (const one of ended) if (isExact) checkAccountOnDisk(plan, one);
  for (const [lane, name] of plan.lanes.entries()) {
    const store = stores[lane]!;
    checkInvented(ended, store);
    const refused = new Set(
      [...ended.map(({ life }) => life), last].flatMap(({ backEnds }) => idsOf(backEnds[lane]!.refused)),
    );
    for (const one of ended) {
      for (const span of spansOf(one)) if (!refused.has(span.id)) checkSpan(one, span, store, name, lane);
    }
    if (isExact) checkRecovered(name, ended, last);
    if (isExact) checkInterrupted(ended, last, lane);
    if (isExact) checkSgp(name, store);
    for (const one of ended) if (isExact && one.plan.ending.kind === "kill-in-peace") checkPeace(name, one);
    if (isExact) checkLosses(name, ended, last, store);
    if (isExact) checkDoubt(name, lane, ended, last, store);
    if (isExact && ended.length === 1) checkCrash(name, ended[0]!, last);
  }
}

function checkAccountOnDisk({ lanes }: LivesPlan, { life, at, accounts, plan }: EndedLife): void {
  const account = accounts.find(({ pid }) => pid === life.number);
  const least = life.rests.findLast((rest) => rest.at <= at)?.created ?? 0;
  const most = life.rests.find((rest) => rest.at >= at)?.created ?? life.offered.length;
  if (account === undefined) {
    const isDone = plan.ending.kind === "shutdown" || least === 0;
    must(isDone, "I1", () => `life ${life.number} has ${least} records and no account`);
    return;
  }
  for (const name of lanes) {
    const created = account.lanes.find(({ lane }) => lane === name)?.created ?? 0;
    must(created >= least && created <= most, "I1", () => `${name}: ${created} on disk, ${least} to ${most} recorded`);
  }
}

/** Pending on disk when the last life began = what it says it recovered. */
function checkRecovered(name: string, ended: readonly EndedLife[], last: Life): void {
  let pending = 0;
  for (const { lanes } of ended.at(-1)?.accounts ?? [])
    pending += lanes.find(({ lane }) => lane === name)?.pending ?? 0;
  const { recovered } = last.pipeline.laneStats()[name]!;
  must(recovered === pending, "I1", () => `${name}: ${pending} were pending on disk, ${recovered} are recovered`);
}

/** Who has an END on disk was not interrupted. */
function checkInterrupted(ended: readonly EndedLife[], last: Life, lane: number): void {
  const told = new Set(last.backEnds[lane]!.interrupted);
  for (const one of ended) {
    for (const { id, end } of spansOf(one)) {
      const hasEnd = end !== undefined && end.spooledAt <= one.at;
      must(!hasEnd || !told.has(id), "I2", () => `${id} is told as interrupted although its END was safe on disk`);
    }
  }
}

/** No real end is written over by what the next start says of a span that it calls interrupted. */
function checkSgp(name: string, store: ModelStore): void {
  for (const { id, phase, revision } of store.all) {
    const shown = store.inSgp(id)!;
    const isOverwritten = phase === "ended" && shown.revision !== revision;
    must(!isOverwritten, "I2", () => `${name}: SGP shows ${id} as ${shown.error?.type} although its END had arrived`);
  }
}

/** After everything was delivered only the STARTs of open spans stay on disk. */
function checkPeace(name: string, { life, accounts }: EndedLife): void {
  const lane = accounts.find(({ pid }) => pid === life.number)?.lanes.find((one) => one.lane === name);
  const pending = lane?.pending ?? 0;
  const { openSpans } = life;
  must(pending <= openSpans, "I13", () => `${name}: ${pending} stay on disk in peace, ${openSpans} spans are open`);
}

/** No more is called lost than can be. */
function checkCrash(name: string, { life, at }: EndedLife, last: Life): void {
  const { dropped } = last.pipeline.laneStats()[name]!;
  const unsafe = life.offered.filter((one) => one.at <= at && one.spooledAt > at).length;
  must(dropped.corrupt === 0, "I2", () => `${name}: nothing was damaged, ${dropped.corrupt} are called corrupt`);
  must(dropped.crash <= unsafe, "I2", () => `${name}: ${dropped.crash} are called lost, ${unsafe} can be`);
}

/**
 * Nothing is lost without being called so, however many processes were killed after it: a life that ends in order tells
 * its own losses and those of the killed ones before it, of which the next inherits what nobody has told.
 */
function checkLosses(name: string, ended: readonly EndedLife[], last: Life, store: ModelStore): void {
  const missing = ended.flatMap(({ life, at }) =>
    life.offered.filter(
      ({ record, at: offeredAt }) =>
        offeredAt < at && record.phase === "ended" && store.get(record.id)?.revision !== record.revision,
    ),
  ).length;
  const inOrder = ended.filter(({ plan: { ending } }) => ending.kind === "shutdown").map(({ life }) => life);
  const killed = ended.filter(({ plan: { ending } }) => ending.kind !== "shutdown").map(({ life }) => life);
  const droppedIn = ({ pipeline }: Life) => sumOf(pipeline.laneStats()[name]!.dropped);
  const inheritedBy = ({ pipeline }: Life) => pipeline.laneStats()[name]!.inherited.dropped;
  const told = [...inOrder, last].reduce((sum, life) => sum + droppedIn(life) + inheritedBy(life), 0);
  must(missing <= told, "I2", () => `${name}: ${missing} ENDs are nowhere, ${told} are counted as lost`);
  // What had not reached the disk may be written off there before whoever writes it off can count it, and is killed.
  const unsafe = ended.flatMap(({ life, at }) => life.offered.filter((one) => one.at <= at && one.spooledAt > at));
  const most = killed.reduce((sum, life) => sum + droppedIn(life), unsafe.length);
  must(inheritedBy(last) <= most, "I2", () => `${name}: ${inheritedBy(last)} inherited, ${most} were lost before`);
}

/** What the last life gave up after an earlier one may have delivered it counts as that, and nothing that was never sent. */
function checkDoubt(name: string, lane: number, ended: readonly EndedLife[], last: Life, store: ModelStore): void {
  const { maybeDelivered } = last.pipeline.laneStats()[name]!;
  const arrived = last.backEnds[lane]!.refused.filter(({ id, phase, revision }) => {
    const stored = store.get(id);
    return stored?.phase === phase && stored.revision === revision;
  }).length;
  must(
    arrived <= maybeDelivered,
    "I15",
    () => `${name}: ${arrived} refused and stored, ${maybeDelivered} maybe delivered`,
  );
  const requests = ended.reduce((sum, { life }) => sum + life.pipeline.laneStats()[name]!.requests, 0);
  must(
    requests > 0 || maybeDelivered === 0,
    "I15",
    () => `${name}: nothing was sent, ${maybeDelivered} maybe delivered`,
  );
}

function idsOf(snapshots: readonly SpanSnapshot[]): string[] {
  return snapshots.map(({ id }) => id);
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function spansOf({ life, at }: EndedLife): SpanFate[] {
  const spans = new Map<string, { -readonly [Key in keyof SpanFate]: SpanFate[Key] }>();
  for (const one of life.offered) {
    if (one.at > at) continue;
    const { id, phase, revision } = one.record;
    const span = spans.get(id) ?? { id, start: undefined, standing: undefined, end: undefined };
    spans.set(id, span);
    if (phase === "ended") span.end = one;
    else if (revision === 0) span.start = one;
    else span.standing = one;
  }
  return [...spans.values()];
}

function checkSpan(
  ended: EndedLife,
  { id, start, standing, end }: SpanFate,
  store: ModelStore,
  lane: string,
  index: number,
): void {
  const isPromised = (one: Offered | undefined) => {
    if (one === undefined || (one.promisedLanes & (1 << index)) === 0) return false;
    // What could not be read back is counted, and so are those whose place it took.
    if (ended.life.pipeline.laneStats()[lane]!.dropped.spool_io > 0) return false;
    return (ended.plan.ending.kind === "power-cut" ? one.syncedAt : one.spooledAt) <= ended.at;
  };
  const stored = store.get(id);
  const what = () => `${lane}: span ${id} of a life that ended by ${ended.plan.ending.kind}`;
  if (isPromised(end)) {
    must(stored?.revision === end!.record.revision, "I2", () => `${what()}: its END was safe on disk and is nowhere`);
  } else if (isPromised(start) && end === undefined && !(standing !== undefined && hasLosses(ended, lane))) {
    must(stored !== undefined, "I2", () => `${what()}: its START was safe on disk and is nowhere`);
    const isTold = stored.error?.type === "Interrupted" || (standing !== undefined && stored.phase === "started");
    must(isTold, "I2", () => `${what()}: it never ended, and is shown as ${stored.phase} ${stored.revision}`);
  }
}

/** A newer revision may be among them, and have taken its START's place before. */
function hasLosses({ life }: EndedLife, lane: string): boolean {
  return sumOf(life.pipeline.laneStats()[lane]!.dropped) > 0;
}

/** Everything that is stored was recorded so, or is a START that was closed for a dead process. */
function checkInvented(ended: readonly EndedLife[], store: ModelStore): void {
  const recorded = new Map<string, SpanRecord>();
  for (const { life, at } of ended) {
    for (const { record, at: offeredAt } of life.offered) {
      if (offeredAt <= at) recorded.set(`${record.id} ${record.phase} ${record.revision}`, record);
    }
  }
  for (const stored of store.all) {
    const isInterrupted = stored.error?.type === "Interrupted";
    const key = isInterrupted ? `${stored.id} started 0` : `${stored.id} ${stored.phase} ${stored.revision}`;
    const record = recorded.get(key);
    must(record !== undefined, "I3", () => `${stored.id} (${stored.phase} ${stored.revision}) was never recorded`);
    const truth: SpanSnapshot = record.toSnapshot();
    const isSame = JSON.stringify([stored.input, stored.output]) === JSON.stringify([truth.input, truth.output]);
    must(isSame, "I3", () => `${stored.id} comes back with other payloads`);
  }
}
