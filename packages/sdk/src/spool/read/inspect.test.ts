import { processTable, type SimulatedDisk, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Spool } from "../index.ts";
import { readSpoolAccounts } from "./inspect.ts";

const accountsIn = (run: SpoolRun, disk: SimulatedDisk, alive: readonly number[]) =>
  readSpoolAccounts(SPOOL_DIRECTORY, { fs: disk, clock: run.clock, processes: processTable(9, () => alive) });

async function runWith(records: number): Promise<SpoolRun> {
  const run = await new SpoolRun({ segmentBytes: 100 }).opened();
  for (let count = 1; count <= records; count += 1) {
    run.append(`record ${count} ${"x".repeat(100)}`);
    await run.commit();
  }
  return run;
}

describe("the account of a life", () => {
  test("says whose it is, when it last wrote, and what lies on disk", async () => {
    const run = await runWith(0);
    const startedMs = run.clock.wallMs();
    for (let count = 1; count <= 3; count += 1) {
      run.append(`record ${count} ${"x".repeat(100)}`);
      await run.commit();
    }
    run.settle("sgp", 2);
    await run.clock.advance(60_000);
    const segments = run.disk.files().filter((path) => path.endsWith(".seg"));
    const bytes = segments.reduce((sum, path) => sum + run.disk.contents(path).length, 0);
    const [account, ...others] = await accountsIn(run, run.disk, [1]);
    expect(others).toEqual([]);
    expect(account).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      startedMs,
      isHeld: true,
      pid: 1,
      lastHeartbeatMs: expect.any(Number),
      lanes: [
        { lane: "sgp", created: 3, delivered: 1, coalesced: 0, dropped: 0, pending: 2 },
        { lane: "otlp", created: 3, delivered: 0, coalesced: 0, dropped: 0, pending: 3 },
      ],
      segments: 3,
      bytes,
    });
    expect(run.clock.wallMs() - account!.lastHeartbeatMs!).toBeLessThanOrEqual(10_000);
    expect((await accountsIn(run, run.disk, []))[0]!.isHeld).toBe(false);
  });

  test("counts each end of a record in its own figure", async () => {
    const run = await runWith(6);
    run.spool.settle("sgp", 1);
    for (const seq of [2, 3]) run.spool.settle("sgp", seq, "coalesced");
    for (const seq of [4, 5, 6]) run.spool.settle("otlp", seq, "dropped");
    await run.commit();
    expect((await accountsIn(run, run.disk, []))[0]!.lanes).toEqual([
      { lane: "sgp", created: 6, delivered: 1, coalesced: 2, dropped: 0, pending: 3 },
      { lane: "otlp", created: 6, delivered: 0, coalesced: 0, dropped: 3, pending: 3 },
    ]);
  });

  test("has no owner's words where the owner's file is damaged, and no lanes where the ledger is", async () => {
    const run = await runWith(2);
    const disk = run.disk.imageAt(run.disk.log.length);
    const pathOf = (end: string) => disk.files().find((path) => path.endsWith(end))!;
    disk.corrupt(pathOf("/owner"), (bytes) => bytes.subarray(0, 20));
    const [ownerless] = await accountsIn(run, disk, [1]);
    expect(ownerless).toMatchObject({ isHeld: false, pid: undefined, segments: 2 });
    expect(ownerless!.lanes.map(({ lane, created }) => [lane, created])).toEqual([
      [expect.stringMatching(/^#[0-9a-f]{16}$/), 2],
      [expect.stringMatching(/^#[0-9a-f]{16}$/), 2],
    ]);
    disk.corrupt(pathOf("/ledger"), (bytes) => bytes.fill(0));
    expect((await accountsIn(run, disk, [1]))[0]).toMatchObject({ lastHeartbeatMs: undefined, lanes: [], segments: 2 });
  });

  test("comes after those of earlier lives, adopted or not, and files of no life are none", async () => {
    const run = await runWith(1);
    await run.clock.advance(5);
    const disk = run.disk.imageAt(run.disk.log.length);
    const next = Spool.open({
      directory: SPOOL_DIRECTORY,
      lanes: ["sgp", "otlp"],
      fs: disk,
      clock: run.clock,
      processes: processTable(2, () => [2]),
    });
    await next.adopt();
    const summary = async (alive: number[]) =>
      (await accountsIn(run, disk, alive)).map(({ pid, isHeld, segments }) => [pid, isHeld, segments]);
    expect(await summary([2])).toEqual([
      [1, true, 1],
      [2, true, 0],
    ]);
    expect(await summary([1])).toEqual([
      [1, false, 1],
      [2, false, 0],
    ]);
  });

  test("is none where the life ended meanwhile; any other error is one", async () => {
    const run = await runWith(1);
    const failing = (code: string) => {
      const disk = run.disk.imageAt(run.disk.log.length);
      disk.onCall = ({ name, path }) => (name === "open" && path.endsWith("ledger") ? { code } : undefined);
      return accountsIn(run, disk, []);
    };
    expect(await failing("ENOENT")).toEqual([]);
    await expect(failing("EACCES")).rejects.toThrow("EACCES");
  });
});
