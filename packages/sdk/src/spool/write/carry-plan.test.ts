/** Which records of old segments are written again, and when that is not worth it. */
import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { runSync } from "../disk/steps.ts";
import { contentBytes } from "../format/content.ts";
import type { SpoolBlob } from "../format/entries.ts";
import { LaneTable } from "../format/lane-table.ts";
import { CarryOver, type CarryOverParts } from "./carry-over.ts";
import { type LiveSegment, LiveSegments } from "./live-segments.ts";
import { createSegment } from "./segment-file.ts";

const ID = "0123456789abcdef".repeat(2);
const LANES = ["a", "b"];

/** Sealed segments on a disk; each record has a text of its own, and a blob that its segment's records share. */
function spool(parts: Partial<CarryOverParts> = {}) {
  const disk = new SimulatedDisk(new ManualClock());
  disk.sync.mkdir("/life");
  const lanes = new LaneTable(LANES);
  const segments = new LiveSegments(lanes);
  let ordinal = 0;
  let seq = 0;
  const add = (records: number, headBytes = 100): LiveSegment => {
    ordinal += 1;
    const made = {
      incarnationPath: "/life",
      incarnationId: ID,
      ordinal,
      firstSeq: seq + 1,
      createdMs: 5,
      isDurable: false,
    };
    const { fd, info, encoder } = runSync(disk, createSegment(made));
    const shared: SpoolBlob = { byteLength: 6, bytes: () => Buffer.from("shared"), blobs: [] };
    const prompt: SpoolBlob = { byteLength: 6, bytes: () => Buffer.from("prompt"), blobs: [shared] };
    const entries = Array.from({ length: records }, () => {
      seq += 1;
      return { seq, head: Buffer.from(`${seq}`.padEnd(headBytes)), blobs: [prompt], lanes: 3 };
    });
    const frames = encoder.encode(entries, 5);
    disk.sync.write(fd, frames, info.endAt);
    disk.sync.close(fd);
    segments.add(info);
    segments.extend(info, entries, frames.length);
    info.isSealed = true;
    return info;
  };
  const settle = (first: number, last = first, of: readonly string[] = LANES) => {
    for (let at = first; at <= last; at += 1) for (const lane of of) if (lanes.settle(lane, at)) segments.settleOne(at);
  };
  const carryOver = new CarryOver({
    fs: disk.offLoop,
    segments,
    laneCount: LANES.length,
    mayCarry: () => true,
    roomBytes: () => Number.POSITIVE_INFINITY,
    ...parts,
  });
  const next = async () => (await carryOver.next(ID))?.entries.map((entry) => entry.seq);
  return { disk, segments, add, settle, carryOver, next };
}

describe("a segment is looked at", () => {
  test.each<[what: string, records: number, left: number, isLookedAt: boolean]>([
    ["of which few records are left", 40, 1, true],
    ["of which half are left", 40, 20, true],
    ["of which more than half are left", 40, 21, false],
    ["of which sixteen are left, however few it has", 16, 16, true],
    ["of which seventeen of thirty are left", 30, 17, false],
    ["of which nothing is left", 40, 0, false],
  ])("%s: %#", (_what, records, left, isLookedAt) => {
    const { add, settle, carryOver } = spool();
    add(records);
    settle(1, records - left);
    carryOver.noteSealed(add(1));
    expect(carryOver.isPending).toBe(isLookedAt);
  });

  test("by what is left of it in all lanes together", () => {
    const { add, settle, carryOver } = spool();
    add(40);
    settle(1, 40, ["a"]);
    carryOver.noteSealed(add(1));
    expect(carryOver.isPending).toBe(true);
  });

  test("when it is sealed, and another one is the newest", async () => {
    const { add, settle, carryOver } = spool();
    const [open, newest] = [add(10), add(10)];
    settle(2, 10);
    settle(12, 20);
    open.isSealed = false;
    carryOver.noteSealed(newest);
    expect(carryOver.isPending).toBe(false);
    open.isSealed = true;
    carryOver.noteSealed(newest);
    expect(carryOver.isPending).toBe(true);
    carryOver.forget();
    expect(carryOver.isPending).toBe(false);
    expect(await carryOver.next(ID)).toBeUndefined();
  });

  test("with one more at most each time, the oldest first", async () => {
    const { add, settle, carryOver, next } = spool();
    for (let count = 0; count < 3; count += 1) add(10);
    for (const first of [1, 11, 21]) settle(first + 1, first + 9);
    carryOver.noteSealed(add(1));
    expect([await next(), await next(), await next()]).toEqual([[1], [11], undefined]);
    expect(carryOver.isPending).toBe(false);
  });
});

describe("what is left in it", () => {
  test("is read as it was, with what it shares, and nothing stays open", async () => {
    const { disk, add, settle, carryOver } = spool();
    const from = add(10);
    settle(1, 4);
    settle(6, 8);
    settle(9, 9, ["a"]);
    carryOver.noteSealed(add(1));
    const openFiles = disk.openFiles;
    const plan = (await carryOver.next(ID))!;
    expect(plan.from).toBe(from);
    expect(
      plan.entries.map(({ seq, lanes, head }) => [seq, lanes, Buffer.from(contentBytes(head)).toString().trim()]),
    ).toEqual([
      [5, 3, "5"],
      [9, 3, "9"],
      [10, 3, "10"],
    ]);
    const [first, second] = plan.entries.map(({ blobs }) => blobs[0]!);
    expect(first).toBe(second);
    expect([first, ...first!.blobs].map((blob) => Buffer.from(contentBytes(blob!.bytes())).toString())).toEqual([
      "prompt",
      "shared",
    ]);
    expect(disk.openFiles).toBe(openFiles);
  });

  test("is not copied when it is more than half of the segment, until more of it is settled", async () => {
    const { add, settle, carryOver, next } = spool();
    add(10);
    settle(1, 4);
    const newest = add(1);
    carryOver.noteSealed(newest);
    expect(await next()).toBeUndefined();
    carryOver.noteSealed(newest);
    expect(carryOver.isPending, "nothing has changed").toBe(false);
    settle(5, 6);
    carryOver.noteSealed(newest);
    expect(await next()).toEqual([7, 8, 9, 10]);
  });

  test("is not copied where there is no room for it, to the byte", async () => {
    // Two records with a head of 100 bytes and one name, a blob with one name, one with none.
    const bytes = 2 * (5 + 2 + 100) + (5 + 2 + 6) + (5 + 6);
    for (const [roomBytes, seqs] of [
      [bytes - 1, undefined],
      [bytes, [9, 10]],
    ] as const) {
      const { add, settle, carryOver, next } = spool({ roomBytes: () => roomBytes });
      add(10);
      settle(1, 8);
      carryOver.noteSealed(add(1));
      expect(await next()).toEqual(seqs);
    }
  });

  test("stays with a record that may not come after newer ones", async () => {
    const { add, settle, carryOver, next } = spool({ mayCarry: (seq) => seq !== 9 });
    add(10);
    settle(1, 8);
    const newest = add(1);
    carryOver.noteSealed(newest);
    expect(await next()).toBeUndefined();
    settle(9);
    carryOver.noteSealed(newest);
    expect(await next()).toEqual([10]);
  });

  test("is a thousand records at most", async () => {
    const { add, settle, carryOver, next } = spool();
    add(2_400, 30);
    settle(1, 1_399);
    const newest = add(1);
    carryOver.noteSealed(newest);
    expect(await next()).toBeUndefined();
    settle(1_400);
    carryOver.noteSealed(newest);
    expect(await next()).toHaveLength(1_000);
  });

  test.each<[what: string, damage: (bytes: Buffer) => Buffer]>([
    ["is damaged", (bytes) => bytes.fill(7, 100, 120)],
    ["is cut off", (bytes) => bytes.subarray(0, bytes.length - 50)],
  ])("stays where it is when it %s", async (_what, damage) => {
    const { disk, add, settle, carryOver, next } = spool();
    const { path } = add(10);
    settle(1, 8);
    disk.corrupt(path, damage);
    const openFiles = disk.openFiles;
    carryOver.noteSealed(add(1));
    expect(await next()).toBeUndefined();
    expect(disk.openFiles).toBe(openFiles);
  });

  test("stays where it is when the file can't be opened", async () => {
    const { disk, add, settle, carryOver, next } = spool();
    add(10);
    settle(1, 8);
    carryOver.noteSealed(add(1));
    disk.onCall = ({ name }) => (name === "open" ? { code: "EMFILE" } : undefined);
    expect(await next()).toBeUndefined();
  });

  test("is written as far as it is still left then, and not at all when one of it may not come any more", async () => {
    let mayCarry = true;
    const { add, settle, carryOver } = spool({ mayCarry: () => mayCarry });
    add(10);
    settle(1, 7);
    carryOver.noteSealed(add(1));
    const plan = (await carryOver.next(ID))!;
    settle(9);
    expect(carryOver.stillLeft(plan).map(({ seq }) => seq)).toEqual([8, 10]);
    mayCarry = false;
    expect(carryOver.stillLeft(plan)).toEqual([]);
  });
});
