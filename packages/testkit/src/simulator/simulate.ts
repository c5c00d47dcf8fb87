import { drawPlan } from "./draw-plan.ts";
import { EquippedCore } from "./equipped-core.ts";
import { checkIsolation } from "./isolation.ts";
import { MARKS, type Mark } from "./marks.ts";
import type { Plan } from "./plan.ts";
import { must, Violation } from "./violation.ts";
import { type CoreClass, World } from "./world.ts";

/** Every so many seeds one is run twice and must do the same. */
const REPLAY_EVERY = 50;
/** Every so many seeds a lane is watched while the others hang. */
const ISOLATION_EVERY = 10;

export interface RunResult {
  readonly hash: number;
  readonly events: number;
  /** Absent when every invariant held. */
  readonly violation?: Violation;
}

/** Runs one plan to its end or to the first invariant that does not hold. Adds the rare branches it met to `marks`. */
export function runPlan(plan: Plan, marks: Set<Mark> = new Set(), Core: CoreClass = EquippedCore): RunResult {
  let world: World | undefined;
  const violation = caught(() => {
    world = new World(plan, Core, marks);
    world.run();
  });
  const result = { hash: world?.hash.value ?? 0, events: world?.events ?? 0 };
  return violation === undefined ? result : { ...result, violation };
}

/** All that is checked of one seed. */
export function runSeed(seed: number, marks: Set<Mark> = new Set(), Core: CoreClass = EquippedCore): RunResult {
  const plan = drawPlan(seed);
  const result = runPlan(plan, marks, Core);
  if (result.violation !== undefined) return result;
  const violation = caught(() => {
    if (seed % ISOLATION_EVERY === 0) checkIsolation(plan, Core);
    if (seed % REPLAY_EVERY !== 0) return;
    const again = runPlan(plan, new Set(), Core).hash;
    must(again === result.hash, "replay", () => `hash ${result.hash}, then ${again}`);
  });
  return violation === undefined ? result : { ...result, violation };
}

export interface SimulationReport {
  readonly seeds: number;
  readonly events: number;
  readonly failures: readonly { readonly seed: number; readonly violation: Violation }[];
  /** Rare branches that no seed met. */
  readonly missedMarks: readonly Mark[];
}

/** Runs many seeds, counted up from the first. Stops at the first failures: the rest would tell the same. */
export function simulate(firstSeed: number, seeds: number, maxFailures = 3): SimulationReport {
  const marks = new Set<Mark>();
  const failures: { seed: number; violation: Violation }[] = [];
  let events = 0;
  let done = 0;
  while (done < seeds && failures.length < maxFailures) {
    const seed = firstSeed + done;
    const result = runSeed(seed, marks);
    events += result.events;
    done += 1;
    if (result.violation !== undefined) failures.push({ seed, violation: result.violation });
  }
  return { seeds: done, events, failures, missedMarks: MARKS.filter((mark) => !marks.has(mark)) };
}

function caught(run: () => void): Violation | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return new Violation("total", what);
  }
}
