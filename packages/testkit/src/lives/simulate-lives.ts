import { readSpoolAccounts } from "everspan/internals";
import { ManualClock } from "../manual-clock.ts";
import type { Fate, SimulatedDisk } from "../simulated-disk.ts";
import { Draws } from "../simulator/draws.ts";
import { TraceHash } from "../simulator/trace-hash.ts";
import { must, Violation } from "../simulator/violation.ts";
import { FOREIGN_FILE, preparedDisk, processTable, SPOOL_DIRECTORY } from "../spool/spool-run.ts";
import { checkFates, type EndedLife } from "./check-lives.ts";
import { Life } from "./life.ts";
import { drawLives, type Ending, type LifePlan, type LivesPlan } from "./lives-plan.ts";
import { ModelStore } from "./model-store.ts";

const AFTERLIFE_MS = 5_000;

/** The last life: everything is well, and it has nothing to do but to bring home what the others left. */
const LAST_LIFE: LifePlan = {
  queueRecords: 40,
  maxBytes: 1 << 30,
  segmentBytes: 1 << 20,
  batchRecords: 50,
  health: [1, 1],
  refusal: 0,
  steps: [],
  ending: { kind: "shutdown", timeoutMs: 5_000 },
};

/** Runs the lives of one plan, one after the other on the same disk, and checks what became of every record. */
export async function runLives(plan: LivesPlan): Promise<number> {
  const stores = plan.lanes.map(() => new ModelStore());
  const ended: EndedLife[] = [];
  let clock = new ManualClock();
  let disk = preparedDisk(clock);
  for (const [nth, lifePlan] of plan.lives.entries()) {
    const life = await new Life(plan, lifePlan, nth + 1, disk, clock).begin();
    try {
      const { at, image } = await liveAndDie(plan, life, lifePlan);
      const draws = new Draws(plan.seed, 23, nth);
      for (const [lane, backEnd] of life.backEnds.entries()) {
        backEnd.settle(stores[lane]!, at, () => draws.chance(0.5));
      }
      clock = new ManualClock(new Date(life.clock.wallMs() + AFTERLIFE_MS).toISOString());
      disk = image;
      ended.push({ life, plan: lifePlan, at, accounts: await accountsOn(disk) });
    } finally {
      life.bury();
    }
  }
  const last = await bringHome(plan, lastLife(plan, disk, clock), stores);
  checkFates(plan, ended, last, stores);
  checkDirectory(last.disk, isDamaged(plan));
  return hashOf(last, stores);
}

function lastLife(plan: LivesPlan, disk: SimulatedDisk, clock: ManualClock): Life {
  return new Life(plan, { ...LAST_LIFE, refusal: plan.lastRefusal }, plan.lives.length + 1, disk, clock);
}

async function liveAndDie(
  plan: LivesPlan,
  life: Life,
  { steps, ending }: LifePlan,
): Promise<{ readonly at: number; readonly image: SimulatedDisk }> {
  for (const step of steps) await life.run(step);
  if (ending.kind === "kill-in-peace") await life.findPeace();
  if (ending.kind === "exit") await life.exit();
  if (ending.kind === "shutdown") await life.shutDown(ending.timeoutMs);
  const at = placeOf(ending, life.disk.log.length);
  if (ending.kind !== "power-cut") return { at, image: life.disk.imageAt(at) };
  const draws = new Draws(plan.seed, 24, life.number);
  const fateOf = (): Fate => (draws.chance(ending.kept) ? "kept" : draws.pick(["lost", "lost", "zeros"]));
  return { at, image: life.disk.imageAt(at, fateOf) };
}

function placeOf(ending: Ending, end: number): number {
  return "part" in ending ? Math.floor(ending.part * end) : end;
}

async function accountsOn(disk: SimulatedDisk) {
  return readSpoolAccounts(SPOOL_DIRECTORY, { fs: disk, processes: processTable(0, () => []) });
}

async function bringHome(plan: LivesPlan, life: Life, stores: readonly ModelStore[]): Promise<Life> {
  try {
    await life.begin();
    await life.findPeace();
    await life.shutDown(5_000);
    for (const [lane, backEnd] of life.backEnds.entries()) {
      backEnd.settle(stores[lane]!, life.disk.log.length, () => true);
      const { pending } = life.pipeline.laneStats()[plan.lanes[lane]!]!;
      must(pending.spooled === 0, "I14", () => `all is well and ${pending.spooled} records stay on disk`);
    }
    return life;
  } finally {
    life.bury();
  }
}

/** What the last life was to bring home is gone from the disk, and nothing else. */
function checkDirectory(disk: SimulatedDisk, isDamaged: boolean): void {
  // A power cut may take the name of a directory and leave its records.
  const mayStay = (path: string) => isDamaged && (path.includes("/bad/") || path.includes("/new-"));
  const left = disk.files().filter((path) => path !== FOREIGN_FILE && !mayStay(path));
  must(left.length === 0, "I13", () => `everything is settled and ${left.join(", ")} remains`);
  must(disk.files().includes(FOREIGN_FILE), "I13", () => "a foreign file was touched");
}

export function isDamaged({ lives }: LivesPlan): boolean {
  return lives.some(({ ending, steps }) => ending.kind === "power-cut" || steps.some(({ kind }) => kind === "break"));
}

function hashOf(last: Life, stores: readonly ModelStore[]): number {
  const hash = new TraceHash();
  for (const stats of Object.values(last.pipeline.laneStats())) {
    hash.add(stats.recovered, stats.delivered, stats.coalesced, ...Object.values(stats.dropped));
  }
  for (const store of stores) for (const { id, revision } of store.all) hash.add(Number(id), revision);
  return hash.value;
}

export interface LivesResult {
  readonly hash: number;
  readonly violation?: Violation;
}

/** Every so many seeds one is run twice and must do the same. */
const REPLAY_EVERY = 20;

export async function simulateLives(seed: number): Promise<LivesResult> {
  const plan = drawLives(seed);
  try {
    const hash = await runLives(plan);
    if (seed % REPLAY_EVERY === 0) {
      const again = await runLives(plan);
      must(again === hash, "replay", () => `hash ${hash}, then ${again}`);
    }
    return { hash };
  } catch (error) {
    if (error instanceof Violation) return { hash: 0, violation: error };
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { hash: 0, violation: new Violation("total", what) };
  }
}
