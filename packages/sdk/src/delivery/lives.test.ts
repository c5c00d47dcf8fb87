/** Several lives of a process on one simulated disk: `packages/testkit/src/lives` says what is checked. */
import { LIVES_MUTANTS, LIVES_REGRESSIONS, runLives, simulateLives } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

const SEEDS = 300;
/** A test is one slice of the seeds: a busy machine is slow, and each slice is still far from the limit of a test. */
const SLICE_SEEDS = 30;
const SLICES = Array.from({ length: SEEDS / SLICE_SEEDS }, (_, index) => 1 + index * SLICE_SEEDS);
/** A bug that survives so many seeds has found a hole in what is checked. */
const SEEDS_PER_MUTANT = 200;

test.each(LIVES_REGRESSIONS)("keeps every promise when $name", async ({ plan }) => {
  await expect(runLives(plan)).resolves.toBeTypeOf("number");
});

test.each(SLICES)(
  `D2 drawn lives that end by kill, power cut, exit or shutdown lose nothing that was safe, and count the rest: ${SLICE_SEEDS} from %i`,
  async (first) => {
    const failures: string[] = [];
    for (let seed = first; seed < first + SLICE_SEEDS; seed += 1) {
      const { violation } = await simulateLives(seed);
      if (violation !== undefined) failures.push(`seed ${seed}: ${violation.message}`);
    }
    expect(failures, "npm run simulate -- --lives 1 --from N runs one alone").toEqual([]);
  },
);

describe("the simulation of lives notices that", () => {
  test.each(LIVES_MUTANTS)("$name", async ({ plant }) => {
    const takeOut = plant();
    try {
      expect(await firstCatch(), `survived ${SEEDS_PER_MUTANT} seeds`).toBeDefined();
    } finally {
      takeOut();
    }
  });
});

async function firstCatch(): Promise<string | undefined> {
  for (const { plan } of LIVES_REGRESSIONS) {
    const message = await runLives(plan).then(() => undefined, String);
    if (message !== undefined) return message;
  }
  for (let seed = 1; seed <= SEEDS_PER_MUTANT; seed += 1) {
    const { violation } = await simulateLives(seed);
    if (violation !== undefined) return violation.message;
  }
  return undefined;
}
