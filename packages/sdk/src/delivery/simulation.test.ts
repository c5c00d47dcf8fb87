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
/** A mutant that survives so many seeds has found a hole in the invariants. */
const SEEDS_PER_MUTANT = 200;

describe("delivery under drawn faults", () => {
  test.each(REGRESSIONS)("holds every invariant when $name", ({ plan }) => {
    expect(runPlan(plan).violation).toBeUndefined();
  });

  test(`holds every invariant for ${SEEDS} seeds and meets every rare branch`, () => {
    const report = simulate(1, SEEDS);
    const failures = report.failures.map(({ seed, violation }) => `seed ${seed}: ${violation.message}`);
    expect(failures, "npm run simulate -- --seed N shrinks and prints one").toEqual([]);
    expect(report.missedMarks).toEqual([]);
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
