import { type ManualClock, processTable, type SimulatedDisk, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { type ProcessTable, Spool } from "../index.ts";

/** Who adopts whom, and what stays for later. */

const LANES = ["sgp", "otlp"];

/** The lives 1, 2, … each began 100 ms after the one before, left a record and are dead. */
async function livesOf(count: number): Promise<{ clock: ManualClock; disk: SimulatedDisk }> {
  let run = await new SpoolRun().opened();
  const { clock } = run;
  for (let pid = 1; ; pid += 1) {
    run.append(`of ${pid}`);
    await clock.advance(100);
    if (pid === count) break;
    const disk = run.disk.imageAt(run.disk.log.length);
    const processes = processTable(pid + 1, () => [pid + 1]);
    run = await new SpoolRun({ processes, clock }, disk).opened();
  }
  return { clock, disk: run.disk.imageAt(run.disk.log.length) };
}

const adopt = async (clock: ManualClock, fs: SimulatedDisk, pid = 9, processes = processTable(pid, () => [pid])) => {
  const spool = Spool.open({ directory: SPOOL_DIRECTORY, lanes: LANES, fs, clock, processes });
  return { spool, ...(await spool.adopt()) };
};

const directories = (disk: SimulatedDisk) => disk.sync.readdir(SPOOL_DIRECTORY).filter((name) => name.startsWith("i-"));
const pathOf = (disk: SimulatedDisk, end: string) => disk.files().find((path) => path.endsWith(end))!;

describe("dead processes are adopted", () => {
  test("the oldest first, also when it was adopted before", async () => {
    const { clock, disk } = await livesOf(3);
    const first = await adopt(clock, disk, 8);
    expect(first.orphans).toHaveLength(3);
    const times = first.orphans.map(({ startedMs }) => startedMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const later = disk.imageAt(disk.log.length);
    // Names come in the order of their making on this disk, and the oldest was renamed last of all.
    const [oldest] = directories(later).sort();
    later.sync.rename(`${SPOOL_DIRECTORY}/${oldest}`, `${SPOOL_DIRECTORY}/x`);
    later.sync.rename(`${SPOOL_DIRECTORY}/x`, `${SPOOL_DIRECTORY}/${oldest}`);
    const second = await adopt(clock, later, 9);
    const order = second.orphans.map(({ startedMs }) => startedMs);
    expect(order.slice(0, 3)).toEqual(times);
  });

  test("from an adopter that was adopted itself", async () => {
    const { clock, disk } = await livesOf(2);
    const [one, two] = directories(disk).sort() as [string, string];
    const idOf = (name: string) => name.slice(-32);
    disk.sync.rename(`${SPOOL_DIRECTORY}/${one}`, `${SPOOL_DIRECTORY}/${one}~${idOf(two)}`);
    disk.sync.rename(`${SPOOL_DIRECTORY}/${two}`, `${SPOOL_DIRECTORY}/${two}~${"f".repeat(32)}`);
    const { orphans } = await adopt(
      clock,
      disk,
      9,
      processTable(9, () => [1, 2, 9]),
    );
    expect(orphans.map(({ id }) => id)).toEqual([idOf(one), idOf(two)]);
  });

  test("not from an adopter of a newer version, but from one whose owner's file is torn", async () => {
    for (const [text, adopted] of [
      ["everspan-owner 9\nend\n", 0],
      ["everspan-owner 1\npi", 2],
    ] as const) {
      const { clock, disk } = await livesOf(2);
      const [one, two] = directories(disk).sort() as [string, string];
      disk.sync.rename(`${SPOOL_DIRECTORY}/${one}`, `${SPOOL_DIRECTORY}/${one}~${two.slice(-32)}`);
      disk.corrupt(`${SPOOL_DIRECTORY}/${two}/owner`, () => Buffer.from(text));
      expect((await adopt(clock, disk)).orphans).toHaveLength(adopted);
    }
  });

  test("by the time of the owner's file where there is no ledger", async () => {
    const inContainer: ProcessTable = {
      ...processTable(1, () => [1]),
      self: () => ({ pid: 1, startTicks: "10", bootId: "boot-1", pidNamespace: "pid:[2]", host: "pod-2" }),
    };
    for (const [ageMs, adopted] of [
      [59_000, 0],
      [61_000, 1],
    ] as const) {
      const { clock, disk } = await livesOf(1);
      disk.sync.unlink(pathOf(disk, "/ledger"));
      disk.modifiedMs = () => clock.wallMs() - ageMs;
      expect((await adopt(clock, disk, 1, inContainer)).orphans).toHaveLength(adopted);
    }
  });

  test("by one of those that start: who comes too late has nothing, and any other failure leaves it for later", async () => {
    for (const code of ["ENOENT", "EACCES"]) {
      const { clock, disk } = await livesOf(2);
      const [one] = directories(disk).sort();
      disk.onCall = ({ name, path }) => (name === "rename" && path.endsWith(one!) ? { code } : undefined);
      const { spool, orphans } = await adopt(clock, disk);
      expect(orphans).toHaveLength(1);
      disk.onCall = () => undefined;
      expect((await spool.adopt()).orphans).toHaveLength(1);
    }
  });

  test("without what is no spool's: damaged segments that are kept are none of the foreign files", async () => {
    const { clock, disk } = await livesOf(1);
    disk.corrupt(pathOf(disk, ".seg"), (bytes) => bytes.fill(7));
    const { orphans, foreign } = await adopt(clock, disk);
    for await (const _ of orphans[0]!.read());
    await orphans[0]!.commit();
    expect(disk.files().filter((path) => path.endsWith(".bad"))).toHaveLength(1);
    const next = await adopt(clock, disk.imageAt(disk.log.length), 10);
    expect([next.foreign, foreign]).toEqual([1, 1]);
  });
});

test("a damaged segment is kept as evidence once it is read, with its bytes in the report", async () => {
  const { clock, disk } = await livesOf(1);
  const bytes = disk.contents(pathOf(disk, ".seg")).length;
  disk.corrupt(pathOf(disk, ".seg"), (content) => Buffer.concat([Buffer.alloc(64, 7), content.subarray(64).fill(7)]));
  const { orphans } = await adopt(clock, disk);
  for await (const _ of orphans[0]!.read());
  expect(orphans[0]!.report).toMatchObject({ damagedSegments: 1, tornBytes: bytes - 64, records: 0, foreign: 0 });
});
