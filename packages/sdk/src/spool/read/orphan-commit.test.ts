/** When what became of a dead process's records is remembered, and how. */
import {
  adoptFrom,
  afterKill,
  entriesOf,
  RUN_LANES,
  type SimulatedDisk,
  segmentPaths,
  settleInAllLanes,
  spoolRunOf,
} from "@everspan/testkit";
import { expect, test } from "vitest";

/** Writes to ledgers since it was called. */
function ledgerWrites(disk: SimulatedDisk): () => number {
  const before = disk.log.length;
  return () => disk.log.slice(before).filter(({ kind }) => kind === "write").length;
}

/** The lanes in which each record still waits, as the next process finds them. */
async function leftOf(disk: SimulatedDisk, id: string, clock: Parameters<typeof adoptFrom>[1]) {
  const next = await adoptFrom(disk.imageAt(disk.log.length), clock, { pid: 3 });
  const again = next.orphans.find((orphan) => orphan.id === id)!;
  return (await entriesOf(again.read())).map(({ seq, lanes }) => [seq, lanes]);
}

test("nothing is written before anything is known", async () => {
  const run = await spoolRunOf(1);
  const disk = afterKill(run);
  const { orphan } = await adoptFrom(disk, run.clock);
  const writes = ledgerWrites(disk);
  await orphan.commit();
  orphan.commitSync();
  await run.clock.advance(100);
  expect(writes()).toBe(0);
});

test("each segment that was read is remembered while the next one is still read", async () => {
  const run = await spoolRunOf(2, { segmentBytes: 100 });
  const disk = afterKill(run);
  const { orphan } = await adoptFrom(disk, run.clock);
  const entries = orphan.read();
  await entries.next();
  const writes = ledgerWrites(disk);
  await run.clock.advance(100);
  expect(writes()).toBe(0);
  await entries.next();
  await run.clock.advance(20);
  expect(writes()).toBe(1);
});

test("what is sent, and what did not arrive, is remembered by itself within 20 ms, without keeping the process alive", async () => {
  const run = await spoolRunOf(1);
  const disk = afterKill(run);
  const { orphan } = await adoptFrom(disk, run.clock);
  await entriesOf(orphan.read());
  await run.clock.advance(100);
  for (const change of ["sent", "notArrived"] as const) {
    const alive = run.clock.aliveTimers;
    const writes = ledgerWrites(disk);
    orphan[change]("sgp", 1);
    orphan[change]("sgp", 1);
    expect(run.clock.aliveTimers).toBe(alive);
    await run.clock.advance(20);
    expect(writes()).toBe(1);
    await run.clock.advance(100);
    expect(writes()).toBe(1);
  }
});

test("one commit waits for the other", async () => {
  const run = await spoolRunOf(2);
  const disk = afterKill(run);
  const { orphan } = await adoptFrom(disk, run.clock);
  await entriesOf(orphan.read());
  const held: (() => void)[] = [];
  disk.onHold = ({ name }) => (name === "write" ? new Promise((resolve) => held.push(resolve)) : undefined);
  const commits: Promise<void>[] = [];
  for (const lane of RUN_LANES) {
    orphan.settle(lane, 1, "delivered");
    commits.push(orphan.commit());
    await run.clock.settle();
  }
  expect(held).toHaveLength(1);
  held[0]!();
  await run.clock.settle();
  expect(held).toHaveLength(2);
  held[1]!();
  await Promise.all(commits);
  expect(await leftOf(disk, orphan.id, run.clock)).toEqual([[2, RUN_LANES]]);
});

test("what an exit handler remembers is there, also while a commit is half done", async () => {
  const run = await spoolRunOf(2);
  const disk = afterKill(run);
  const { orphan } = await adoptFrom(disk, run.clock);
  await entriesOf(orphan.read());
  disk.onHold = ({ name }) => (name === "write" ? new Promise(() => undefined) : undefined);
  for (const lane of RUN_LANES) orphan.settle(lane, 1, "delivered");
  void orphan.commit();
  await run.clock.settle();
  orphan.commitSync();
  expect(await leftOf(disk, orphan.id, run.clock)).toEqual([[2, RUN_LANES]]);
});

test("what is settled in every lane is not read again, though its neighbors are", async () => {
  const run = await spoolRunOf(3);
  const disk = afterKill(run);
  const { orphan } = await adoptFrom(disk, run.clock);
  const entries = await entriesOf(orphan.read());
  settleInAllLanes(orphan, [entries[0]!]);
  orphan.settle("otlp", 2, "delivered");
  const again = await entriesOf(orphan.readAgain([1, 2, 3]));
  expect(again.map(({ seq, lanes }) => [seq, lanes])).toEqual([
    [2, ["sgp"]],
    [3, RUN_LANES],
  ]);
});

test("where the spool is to survive a power cut, so is what became of the records", async () => {
  for (const durability of ["power", undefined] as const) {
    const run = await spoolRunOf(2);
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock, { ...(durability !== undefined && { durability }) });
    await entriesOf(orphan.read());
    const before = disk.log.length;
    for (const lane of RUN_LANES) orphan.settle(lane, 1, "delivered");
    await orphan.commit();
    const uncertain = disk.uncertainAt(disk.log.length).filter(({ index }) => index >= before);
    expect(uncertain.length > 0).toBe(durability === undefined);
  }
});

test("with the last record the ledger is closed and everything goes", async () => {
  const run = await spoolRunOf(2);
  const disk = afterKill(run);
  const openFiles = disk.openFiles;
  const { orphan, spool } = await adoptFrom(disk, run.clock);
  settleInAllLanes(orphan, await entriesOf(orphan.read()));
  await orphan.commit();
  expect(segmentPaths(disk)).toEqual([]);
  await spool.close();
  expect([disk.openFiles, disk.files().filter((path) => path.includes(orphan.id))]).toEqual([openFiles, []]);
});
