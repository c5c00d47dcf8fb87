import {
  carriedOver,
  checkEveryCrash,
  failedSync,
  SPOOL_MUTANTS,
  simulateSpool,
  threeRecords,
} from "@everspan/testkit";
import { describe, expect, test } from "vitest";

/** A simulation that notices no bug proves nothing: each of these must make it fail. */
const SEEDS = 100;

async function findBug(): Promise<string | undefined> {
  try {
    for (let seed = 1; seed <= SEEDS; seed += 1) await simulateSpool(seed, 6);
    await checkEveryCrash(await failedSync());
    await checkEveryCrash(await carriedOver(), 3);
    await checkEveryCrash(await threeRecords());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("the simulation of the spool notices that", () => {
  test.each(SPOOL_MUTANTS)("$name", async ({ plant }) => {
    const takeOut = plant();
    try {
      expect(await findBug()).toBeDefined();
    } finally {
      takeOut();
    }
  });

  test("there are at least fifteen planted bugs", () => {
    expect(SPOOL_MUTANTS.length).toBeGreaterThanOrEqual(15);
  });
});
