import {
  adoptFrom,
  afterKill,
  entriesOf,
  pathEndingIn,
  RUN_LANES,
  segmentPaths,
  settleInAllLanes,
  spoolRunOf,
} from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { laneHash, SeqSet } from "../index.ts";

describe("what a dead process left", () => {
  test("has its id, its beginning, its lanes and its bytes, and is read once", async () => {
    const run = await spoolRunOf(3);
    const disk = afterKill(run);
    const bytes = disk.contents(pathEndingIn(disk, ".seg")).length;
    const { orphan } = await adoptFrom(disk, run.clock);
    expect(pathEndingIn(disk, ".seg")).toContain(orphan.id);
    expect([orphan.lanes, orphan.bytes, orphan.report, orphan.isDrained]).toEqual([RUN_LANES, bytes, undefined, false]);
    expect(orphan.startedMs).toBe(run.clock.wallMs() - 75);
    const entries = await entriesOf(orphan.read());
    await expect(orphan.read().next()).rejects.toThrow("read once");
    expect(orphan.report).toEqual({
      lanes: RUN_LANES.map((lane) => ({ lane, recovered: 3, corrupt: 0, crash: 0, maybeDelivered: 0, lost: [] })),
      isExact: true,
      records: 3,
      duplicates: 0,
      partialRecords: 0,
      damagedBytes: 0,
      tornBytes: 0,
      unreadablePages: 0,
      damagedSegments: 0,
      foreign: 0,
    });
    expect(orphan.isDrained).toBe(false);
    settleInAllLanes(orphan, entries);
    expect(orphan.isDrained).toBe(true);
    await orphan.commit();
    expect([orphan.bytes, disk.files().filter((path) => path.includes(orphan.id))]).toEqual([0, []]);
  });

  test("is committed by itself 20 ms after something was settled, and not while nothing changes", async () => {
    const run = await spoolRunOf(2);
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    const [first] = await entriesOf(orphan.read());
    await run.clock.advance(100);
    const ledgerWrites = () => {
      const before = disk.log.length;
      return () => disk.log.slice(before).filter(({ kind }) => kind === "write").length;
    };
    const writes = ledgerWrites();
    orphan.settle("sgp", first!.seq, "delivered");
    orphan.settle("sgp", first!.seq, "delivered");
    orphan.settle("unknown", first!.seq, "delivered");
    await run.clock.advance(19);
    expect(writes()).toBe(0);
    await run.clock.advance(1);
    expect(writes()).toBe(1);
    await run.clock.advance(100);
    await orphan.commit();
    orphan.commitSync();
    expect(writes()).toBe(1);
  });

  test("has its segments removed one by one, as they are settled", async () => {
    const run = await spoolRunOf(4, { segmentBytes: 100 });
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect(segmentPaths(disk)).toHaveLength(4);
    settleInAllLanes(orphan, [entries[1]!]);
    orphan.settle("sgp", entries[2]!.seq, "delivered");
    await orphan.commit();
    expect(segmentPaths(disk).map((path) => path.slice(-5, -4))).toEqual(["1", "3", "4"]);
    expect((await entriesOf(orphan.readAgain([1, 2, 3]))).map(({ seq, lanes }) => [seq, lanes])).toEqual([
      [1, RUN_LANES],
      [3, ["otlp"]],
    ]);
  });

  test("that could not be committed is so by the next try", async () => {
    const run = await spoolRunOf(1);
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    disk.onCall = ({ name }) => (name === "write" ? { code: "ENOSPC" } : undefined);
    settleInAllLanes(orphan, entries);
    await orphan.commit();
    expect(segmentPaths(disk)).toHaveLength(1);
    disk.onCall = () => undefined;
    orphan.tell();
    await orphan.commit();
    expect(segmentPaths(disk)).toEqual([]);
  });

  test("whose ledger is gone has a new one", async () => {
    const run = await spoolRunOf(2);
    const disk = afterKill(run);
    disk.sync.unlink(pathEndingIn(disk, "/ledger"));
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect(orphan.report!.isExact).toBe(false);
    orphan.settle("sgp", entries[0]!.seq, "delivered");
    await orphan.commit();
    const next = await adoptFrom(disk.imageAt(disk.log.length), run.clock, { pid: 3 });
    const again = next.orphans.find(({ id }) => id === orphan.id)!;
    expect((await entriesOf(again.read())).map(({ seq, lanes }) => [seq, lanes])).toEqual([
      [1, ["otlp"]],
      [2, RUN_LANES],
    ]);
  });

  test("that is no regular part of a spool is counted, and unfinished segments are removed", async () => {
    const run = await spoolRunOf(1);
    const disk = afterKill(run);
    const incarnation = pathEndingIn(disk, "/owner").replace("/owner", "");
    for (const name of ["00000009.seg.new", "notes.new", "notes"]) disk.sync.open(`${incarnation}/${name}`, "create");
    disk.sync.mkdir(`${incarnation}/00000008.seg`);
    const { orphan } = await adoptFrom(disk, run.clock);
    await entriesOf(orphan.read());
    expect(orphan.report!.foreign).toBe(3);
    expect(disk.files().filter((path) => path.endsWith(".new"))).toEqual([expect.stringContaining("/notes.new")]);
  });
});

describe("the lanes of a dead process", () => {
  const damaged = async (...ends: string[]) => {
    const run = await spoolRunOf(1);
    const disk = afterKill(run);
    for (const end of ends) disk.corrupt(pathEndingIn(disk, end), (bytes) => bytes.subarray(0, 20));
    return (await adoptFrom(disk, run.clock, { lanes: ["otlp", "other"] })).orphan.lanes;
  };

  test("are those of its owner file", async () => {
    expect(await damaged()).toEqual(RUN_LANES);
    expect(await damaged("/ledger")).toEqual(RUN_LANES);
  });

  test("are found by their hashes where that is lost, as far as this process has them", async () => {
    expect(await damaged("/owner")).toEqual([`#${laneHash("sgp")}`, "otlp"]);
  });

  test("are this process's own where the ledger is lost too", async () => {
    expect(await damaged("/owner", "/ledger")).toEqual(["otlp", "other"]);
  });
});

describe("losses in what a dead process left", () => {
  const zeros = { dropped: 0, maybeDelivered: 0 };

  test("are told by whoever adopted it, else by whoever adopts it next", async () => {
    const run = await spoolRunOf(3);
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect([...orphan.inherited]).toEqual(RUN_LANES.map((lane) => [lane, zeros]));
    orphan.settle("sgp", 1, "dropped", true);
    orphan.settle("sgp", 2, "dropped");
    orphan.settle("sgp", 3, "coalesced", true);
    settleInAllLanes(orphan, entries);
    await orphan.commit();
    // Everything is settled, but who was told of the losses? Nobody.
    expect(orphan.isDrained).toBe(true);
    const killed = disk.imageAt(disk.log.length);
    const next = await adoptFrom(killed, run.clock, { pid: 3 });
    const again = next.orphans.find(({ id }) => id === orphan.id)!;
    expect([...again.inherited]).toEqual([
      ["sgp", { dropped: 2, maybeDelivered: 2 }],
      ["otlp", zeros],
    ]);
    expect(await entriesOf(again.read())).toEqual([]);
    await again.commit();
    expect(killed.files().filter((path) => path.includes(orphan.id))).not.toEqual([]);
    again.tell();
    await again.commit();
    expect(killed.files().filter((path) => path.includes(orphan.id))).toEqual([]);
  });

  test("that a crash brought are dropped in the account, and told once", async () => {
    const run = await spoolRunOf(1);
    run.append("only in memory");
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    await entriesOf(orphan.read());
    const next = await adoptFrom(disk.imageAt(disk.log.length), run.clock, { pid: 3 });
    const again = next.orphans.find(({ id }) => id === orphan.id)!;
    expect([...again.inherited]).toEqual(RUN_LANES.map((lane) => [lane, { dropped: 1, maybeDelivered: 0 }]));
    await entriesOf(again.read());
    expect(again.report!.lanes.map(({ recovered, crash, lost }) => [recovered, crash, lost])).toEqual([
      [1, 0, []],
      [1, 0, []],
    ]);
  });

  test("are not told again when the process that had them ended in order", async () => {
    const run = await spoolRunOf(2);
    run.spool.settle("sgp", 1, "dropped");
    await run.spool.close();
    const { orphan } = await adoptFrom(afterKill(run), run.clock);
    expect([...orphan.inherited]).toEqual(RUN_LANES.map((lane) => [lane, zeros]));
  });
});

describe("what may have been delivered of it", () => {
  test("is what the dead process had under way, and what this one has", async () => {
    const doubt = { seqs: SeqSet.of([{ first: 1, last: 2 }]), unnumbered: 0, maybeDelivered: 0 };
    const none = { seqs: new SeqSet(), unnumbered: 0, maybeDelivered: 0 };
    const run = await spoolRunOf(4, { doubtOf: (lane) => (lane === "sgp" ? doubt : none) });
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect(entries.map(({ doubtful }) => doubtful)).toEqual([["sgp"], ["sgp"], [], []]);
    expect([orphan.isDoubtful("sgp", 1), orphan.isDoubtful("otlp", 1)]).toEqual([true, false]);

    orphan.sent("otlp", 1);
    expect(orphan.isDoubtful("otlp", 1)).toBe(true);
    orphan.settle("otlp", 1, "delivered");
    expect(orphan.isDoubtful("otlp", 1)).toBe(false);
    orphan.sent("otlp", 3);
    orphan.sent("otlp", 4);
    orphan.notArrived("otlp", 4);
    orphan.notArrived("sgp", 1);
    orphan.settle("sgp", 2, "delivered");
    await orphan.commit();
    const next = await adoptFrom(disk.imageAt(disk.log.length), run.clock, { pid: 3 });
    const again = next.orphans.find(({ id }) => id === orphan.id)!;
    expect((await entriesOf(again.read())).map(({ seq, lanes, doubtful }) => [seq, lanes, doubtful])).toEqual([
      [1, ["sgp"], ["sgp"]],
      [2, ["otlp"], []],
      [3, RUN_LANES, ["otlp"]],
      [4, RUN_LANES, []],
    ]);
    expect((await entriesOf(again.readAgain([1]))).map(({ doubtful }) => doubtful)).toEqual([["sgp"]]);
  });
});
