import {
  drawPlan,
  MUTANTS,
  type Mutant,
  mutatedCore,
  REGRESSIONS,
  runPlan,
  runSeed,
  shrink,
  simulate,
} from "@everspan/testkit";
import { describe, expect, test } from "vitest";

const SEEDS = 2_000;
/** A test is one slice of the seeds: a busy machine is slow, and each slice is still far from the limit of a test. */
const SLICE_SEEDS = 25;
const SLICES = Array.from({ length: SEEDS / SLICE_SEEDS }, (_, index) => 1 + index * SLICE_SEEDS);
/** A mutant that survives so many seeds has found a hole in the invariants. */
const SEEDS_PER_MUTANT = 3_000;

describe("delivery under drawn faults", () => {
  test.each(REGRESSIONS)("holds every invariant when $name", ({ plan }) => {
    expect(runPlan(plan).violation).toBeUndefined();
  });

  const missed = new Map<number, ReturnType<typeof simulate>["missedMarks"]>();

  test.each(SLICES)(`holds every invariant for ${SLICE_SEEDS} seeds from %i`, (first) => {
    const report = simulate(first, SLICE_SEEDS);
    const failures = report.failures.map(({ seed, violation }) => `seed ${seed}: ${violation.message}`);
    expect(failures, "npm run simulate -- --seed N shrinks and prints one").toEqual([]);
    missed.set(first, report.missedMarks);
  });

  test(`meets every rare branch within ${SEEDS} seeds`, () => {
    const bySlice = SLICES.map((first) => missed.get(first) ?? simulate(first, SLICE_SEEDS).missedMarks);
    expect(bySlice.reduce((some, others) => some.filter((mark) => others.includes(mark)))).toEqual([]);
  });
});

describe("the simulator", () => {
  test.each(MUTANTS)("notices when $name", (mutant) => {
    const caught = firstCatch(mutant);
    expect(caught, `survived ${SEEDS_PER_MUTANT} seeds`).toBeDefined();
    expect(mutant.noticedBy).toContain(caught?.invariant);
  });

  test("refuses a mutant whose place in the source is gone", () => {
    const gone = { file: "lane.ts", find: "no such line", replace: "" };
    expect(() => mutatedCore(gone)).toThrow("0 places for a bug");
  });

  test("makes a failing plan smaller without losing its failure", () => {
    const Core = mutatedCore(MUTANTS.find(({ name }) => name === "a retry does not wait")!);
    const seed = [1, 2, 3, 4, 5].find((seed) => runSeed(seed, new Set(), Core).violation?.invariant === "I9")!;
    const before = drawPlan(seed);
    const after = shrink(before, Core);
    expect(runPlan(after, new Set(), Core).violation?.invariant).toBe("I9");
    expect(after.operations.length).toBeLessThan(before.operations.length / 4);
  });

  test("does the same for the same seed and something else for another", () => {
    expect(runSeed(7).hash).toBe(runSeed(7).hash);
    expect(runSeed(7).hash).not.toBe(runSeed(8).hash);
  });
});

function firstCatch(mutant: Mutant) {
  const Core = mutatedCore(mutant);
  for (let seed = 1; seed <= SEEDS_PER_MUTANT; seed++) {
    const { violation } = runSeed(seed, new Set(), Core);
    if (violation !== undefined) return violation;
  }
  return undefined;
}
