import { carriedOver, checkEveryCrash, failedSync, simulateSpool, threeRecords } from "@everspan/testkit";
import { expect, test } from "vitest";

/** D2 as the disk sees it: `packages/testkit/src/spool` says which promises are checked on each image. */

test("D2 every crash of the three-record scenario, with every subset of what no sync covers, recovers what was synced", async () => {
  const { images, torn } = await checkEveryCrash(await threeRecords());

  expect(images).toBeGreaterThan(500);
  expect(torn).toBeGreaterThan(300);
  console.log(`${images} images, ${torn} of them with something uncertain`);
});

test.each(Array.from({ length: 100 }, (_, index) => index + 1))(
  "D2 20 drawn images of the drawn run %i recover what was synced",
  async (seed) => {
    await simulateSpool(seed, 20);
  },
);

test("D4 after a failed sync the frames go to a new segment, and no crash loses what was then called synced", async () => {
  const run = await failedSync();

  expect(run.spool.watermarks).toEqual({ captured: 3, spooled: 3, synced: 3 });
  expect(run.changes).toEqual([]);
  expect(run.disk.files().filter((path) => path.endsWith(".seg"))).toHaveLength(2);
  await checkEveryCrash(run);
});

test("D2 a record that is carried over survives every crash on its way, and the segments that it left are gone", async () => {
  const run = await carriedOver();
  const segments = run.disk.files().filter((path) => path.endsWith(".seg"));

  expect(run.spool.bytes).toBeLessThan(2 * 350 + 2 * 250);
  expect(segments.every((path) => !path.endsWith("00000001.seg"))).toBe(true);
  const { images } = await checkEveryCrash(run, 5);
  expect(images).toBeGreaterThan(500);
});
