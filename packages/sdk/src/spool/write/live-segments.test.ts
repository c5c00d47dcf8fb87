import { describe, expect, test } from "vitest";
import { LaneTable } from "../format/lane-table.ts";
import { type LiveSegment, LiveSegments } from "./live-segments.ts";

/** Segments of ten records each, in two lanes, of 100 bytes. */
function filled(count: number) {
  const lanes = new LaneTable(["a", "b"]);
  const segments = new LiveSegments(lanes);
  const made: LiveSegment[] = [];
  for (let ordinal = 1; ordinal <= count; ordinal += 1) {
    const firstSeq = 10 * ordinal - 9;
    const segment: LiveSegment = {
      path: `/${ordinal}`,
      ordinal,
      identity: "",
      firstSeq,
      lastSeq: firstSeq - 1,
      endAt: 64,
      unsettled: 0,
      isSealed: true,
    };
    segments.add(segment);
    segments.extend(segment, entries(firstSeq, firstSeq + 9), 36);
    made.push(segment);
  }
  const settle = (seq: number, ...of: string[]) => {
    for (const lane of of.length > 0 ? of : lanes.names) if (lanes.settle(lane, seq)) segments.settleOne(seq);
  };
  return { segments, made, settle, lanes };
}

const entries = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => ({ seq: first + i, head: Buffer.alloc(0), blobs: [], lanes: 3 }));

const unsettledOf = (made: readonly LiveSegment[]) => made.map(({ unsettled }) => unsettled);

describe("the segments of a life", () => {
  test("are found by the numbers of their records", () => {
    const { segments, made } = filled(3);
    expect([0, 1, 10, 11, 20, 21, 30, 31].map((seq) => segments.find(seq)?.ordinal)).toEqual([
      undefined,
      1,
      1,
      2,
      2,
      3,
      3,
      undefined,
    ]);
    made[1]!.lastSeq = 15;
    expect([15, 16, 20, 21].map((seq) => segments.find(seq)?.ordinal)).toEqual([2, undefined, undefined, 3]);
    expect(segments.bytes).toBe(300);
    expect([segments.isEmpty, new LiveSegments(new LaneTable([])).isEmpty]).toEqual([false, true]);
  });

  test("count what is still to be settled: a record in a lane", () => {
    const { segments, made, settle, lanes } = filled(2);
    expect(unsettledOf(made)).toEqual([20, 20]);
    settle(3, "a");
    settle(3, "a");
    settle(12);
    segments.settleOne(99);
    expect(unsettledOf(made)).toEqual([19, 18]);
    lanes.markUnconcerned(21, lanes.maskOf(["a"]));
    segments.extend(made[1]!, entries(21, 22), 5);
    expect(made[1]).toMatchObject({ unsettled: 21, lastSeq: 22, endAt: 105 });
    segments.extend(made[1]!, [], 5);
    expect(made[1]).toMatchObject({ unsettled: 21, lastSeq: 22, endAt: 110 });
  });

  test("name what is not settled in them, in order", () => {
    const { segments, made, settle } = filled(2);
    for (let seq = 1; seq <= 10; seq += 1) if (seq !== 4 && seq !== 7) settle(seq);
    settle(7, "b");
    expect(segments.unsettledIn(made[0]!)).toEqual([4, 7]);
  });

  test("may go when they are sealed and everything in them is settled, and are forgotten then", () => {
    const { segments, made, settle } = filled(3);
    for (let seq = 11; seq <= 30; seq += 1) settle(seq);
    made[2]!.isSealed = false;
    expect(segments.takeRemovable(true)).toEqual([made[1]]);
    expect(segments.all).toEqual([made[0], made[2]]);
    expect(segments.takeRemovable(true)).toEqual([]);
    segments.keepForLater(made[1]!);
    expect(segments.bytes).toBe(300);
    expect(segments.takeRemovable(true)).toEqual([made[1]]);
    expect(segments.bytes).toBe(200);
  });
});

describe("a record that moves on", () => {
  test("is found in its new segment, counted there, and keeps it", () => {
    const { segments, made, settle } = filled(3);
    segments.carry(4, made[0]!, made[2]!);
    expect(segments.find(4)).toBe(made[2]);
    expect(unsettledOf(made)).toEqual([18, 20, 22]);
    expect(segments.unsettledIn(made[0]!)).not.toContain(4);
    expect(segments.unsettledIn(made[2]!)).toEqual([4, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    settle(4, "a");
    expect(segments.find(4)).toBe(made[2]);
    settle(4, "b");
    expect(segments.find(4)).toBe(made[0]);
    expect(unsettledOf(made)).toEqual([18, 20, 20]);
  });

  test("does not where it is settled, elsewhere by now, or its new segment is gone", () => {
    const { segments, made, settle } = filled(3);
    settle(4);
    segments.carry(4, made[0]!, made[2]!);
    segments.carry(5, made[1]!, made[2]!);
    segments.carry(6, made[0]!, { ...made[2]! });
    expect(unsettledOf(made)).toEqual([18, 20, 20]);
    expect([4, 5, 6].map((seq) => segments.find(seq)?.ordinal)).toEqual([1, 1, 1]);
  });
});

describe("a segment whose end can't be trusted", () => {
  test("keeps its earlier records, and stays until everything is written elsewhere", () => {
    const { segments, made, settle } = filled(2);
    made[1]!.isSealed = false;
    segments.giveUpEnd(made[1]!, entries(18, 20));
    expect(made[1]).toMatchObject({ isSealed: true, lastSeq: 17, unsettled: 14 });
    expect(segments.find(18)).toBeUndefined();
    for (let seq = 11; seq <= 17; seq += 1) settle(seq);
    expect(segments.takeRemovable(false)).toEqual([]);
    expect(segments.takeRemovable(true)).toEqual([made[1]]);
  });

  test("of which nothing is left is to be deleted, when everything is written elsewhere", () => {
    const { segments, made } = filled(2);
    segments.giveUpEnd(made[1]!, entries(11, 20));
    expect(segments.all).toEqual([made[0]]);
    expect([segments.isEmpty, segments.bytes]).toEqual([false, 200]);
    expect(segments.takeRemovable(false)).toEqual([]);
    expect(segments.bytes).toBe(200);
    expect(segments.takeRemovable(true)).toEqual([made[1]]);
    expect(segments.bytes).toBe(100);
  });

  test("into which a record moved stays for it", () => {
    const { segments, made } = filled(2);
    segments.carry(4, made[0]!, made[1]!);
    segments.giveUpEnd(made[1]!, entries(11, 20));
    expect(segments.all).toEqual(made);
    expect(made[1]!.unsettled).toBe(2);
  });

  test("of which nothing is to be written elsewhere may go as any other", () => {
    const { segments, made, settle } = filled(2);
    segments.giveUpEnd(made[1]!, entries(5, 8));
    expect(made[1]).toMatchObject({ lastSeq: 20, unsettled: 20 });
    for (let seq = 11; seq <= 20; seq += 1) settle(seq);
    expect(segments.takeRemovable(false)).toEqual([made[1]]);
  });

  test("that was empty goes", () => {
    const { segments, made } = filled(1);
    const empty = { ...made[0]!, ordinal: 2, firstSeq: 11, lastSeq: 10, unsettled: 0, isSealed: false };
    segments.add(empty);
    segments.giveUpEnd(empty, []);
    expect(segments.all).toEqual(made);
    expect(segments.takeRemovable(false)).toEqual([empty]);
  });
});

test("what the files held when they vanished: unsettled segments, and each record that had moved", () => {
  const { segments, made, settle } = filled(4);
  for (let seq = 11; seq <= 20; seq += 1) settle(seq);
  segments.carry(4, made[0]!, made[2]!);
  segments.giveUpEnd(made[3]!, entries(31, 40));
  segments.add({ ...made[3]!, ordinal: 5, firstSeq: 41, lastSeq: 40, unsettled: 0 });
  expect(segments.forgetAll()).toEqual([
    { first: 1, last: 10 },
    { first: 21, last: 30 },
    { first: 4, last: 4 },
  ]);
  expect([segments.isEmpty, segments.bytes, segments.find(4), segments.all.length]).toEqual([true, 0, undefined, 0]);
  expect(segments.forgetAll()).toEqual([]);
});
