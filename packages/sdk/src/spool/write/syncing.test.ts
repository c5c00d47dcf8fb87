/** What a power cut, or the death of the process, takes of what was written, and what it does not. */
import { adoptFrom, afterKill, entriesOf, failedSync, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

type Image = ReturnType<typeof afterKill>;

/** The numbers of the records that the next start finds, in order. */
async function found(run: SpoolRun, image: Image): Promise<number[]> {
  const { orphans } = await adoptFrom(image, run.clock);
  const entries = await Promise.all(orphans.map((orphan) => entriesOf(orphan.read())));
  return entries.flatMap((of) => of.map(({ seq }) => seq)).sort((a, b) => a - b);
}

/** The power fails now, and takes all that no sync covers; of data it may leave zeros. */
const afterPowerCut = (run: SpoolRun, fate: "lost" | "zeros"): Image =>
  run.disk.imageAt(run.disk.log.length, () => fate);

describe.each(["lost", "zeros"] as const)("when what no sync covers is %s", (fate) => {
  test("nothing is missing after a sync that failed: what it was to cover is written and synced again", async () => {
    const run = await failedSync();
    expect(run.spool.watermarks.synced).toBe(3);
    expect(await found(run, afterPowerCut(run, fate))).toEqual([1, 2, 3]);
  });

  test("what was flushed within the turn is there", async () => {
    const run = await new SpoolRun().opened();
    run.append("first");
    await run.commit();
    run.append("second");
    run.spool.flushSync();
    expect(run.spool.watermarks).toEqual({ captured: 2, spooled: 2, synced: 2 });
    expect(await found(run, afterPowerCut(run, fate))).toEqual([1, 2]);
  });
});

test("what is flushed within the turn, while a write hangs, includes what that write was to bring", async () => {
  const run = await new SpoolRun({ durability: "process" }).opened();
  run.append("first");
  await run.commit();
  run.disk.onHold = ({ name, path }) =>
    name === "write" && path.includes(".seg") ? new Promise(() => undefined) : undefined;
  run.append("under way");
  await run.commit();
  expect(run.spool.watermarks.spooled).toBe(1);
  run.append("waits");
  run.spool.flushSync();
  expect(run.spool.watermarks.spooled).toBe(3);
  expect(await found(run, afterKill(run))).toEqual([1, 2, 3]);
  run.spool.flushSync();
  expect(await found(run, afterKill(run))).toEqual([1, 2, 3]);
});

test("a record is in memory until it is safe, and can be read from there", async () => {
  const run = await new SpoolRun().opened();
  run.disk.onHold = ({ name }) => (name === "fsync" ? new Promise(() => undefined) : undefined);
  run.append("written, not synced");
  await run.commit();
  run.append("waits");
  run.disk.onCall = ({ name }) => (name === "open" ? { code: "EMFILE" } : undefined);
  const read: number[] = [];
  for await (const { seq } of run.spool.read([1, 2])) read.push(seq);
  expect(read).toEqual([1, 2]);
});
