/** When a record may leave the disk, by what became of it and of its span's other revisions. */
import { describe, expect, test } from "vitest";
import type { SpanRecord } from "../record/span-record.ts";
import { plainRecord } from "../record/testing/plain-record.ts";
import { OwnPlace, type PlaceKeeper } from "./own-place.ts";

const BOTH_LANES = 0b11;

function keeperOf() {
  const told: unknown[] = [];
  const keeper = {
    isDiskInUse: true as boolean,
    doubted: (place: OwnPlace, lane: number) => told.push(["doubted", lane, place.doubtfulLanes]),
    endedInDoubt: (lane: number) => told.push(["ended in doubt", lane]),
    released: (place: OwnPlace, lane: number, as: string) => told.push([place.record?.phase, lane, as]),
    spilled: (place: OwnPlace) => told.push(["spilled", place.spilledLanes]),
  } satisfies PlaceKeeper;
  return { keeper, told: () => told.splice(0) };
}

function recordOf(phase: "started" | "ended", revision = phase === "started" ? 0 : 2): SpanRecord {
  return plainRecord({ phase, revision, endMicros: undefined });
}

/** A START and its END, for two lanes. */
function span() {
  const { keeper, told } = keeperOf();
  const start = new OwnPlace(keeper, recordOf("started"), undefined, BOTH_LANES);
  const end = () => new OwnPlace(keeper, recordOf("ended"), start, BOTH_LANES);
  return { keeper, told, start, end };
}

function written(place: OwnPlace, seq: number): OwnPlace {
  place.seq = seq;
  place.spooled();
  return place;
}

describe("a place is untouched", () => {
  test.each<[what: string, touch: (place: OwnPlace) => void]>([
    ["it has a number", (place) => (place.seq = 1)],
    ["a lane is done with it", (place) => place.settle(0, "dropped", false)],
    ["a lane sends it", (place) => place.doubt(1, true)],
  ])("until %s", (_what, touch) => {
    const { start } = span();
    expect(start.isUntouched).toBe(true);
    touch(start);
    expect(start.isUntouched).toBe(false);
  });

  test("only while it is the first of its span", () => {
    expect(span().end().isUntouched).toBe(false);
  });

  test("and its START may become its END: then it leaves as an END does, and nothing vouches for what it says", () => {
    const { keeper, told } = span();
    const record = recordOf("started");
    const place = new OwnPlace(keeper, record, undefined, BOTH_LANES);
    place.cleanUnder = {};
    record.revise({ ...record, phase: "ended" });
    place.revised();
    expect([place.isStart, place.cleanUnder]).toEqual([false, undefined]);
    place.settle(0, "delivered", false);
    expect(told()).toEqual([["ended", 0, "delivered"]]);
  });
});

describe("an END", () => {
  test.each(["delivered", "dropped", "coalesced"] as const)("leaves a lane that is done with it: %s", (as) => {
    const { told, keeper } = span();
    const end = new OwnPlace(keeper, recordOf("ended"), undefined, BOTH_LANES);
    expect([end.isStart, end.openLanes, end.isNewest]).toEqual([false, BOTH_LANES, true]);
    end.settle(1, as, false);
    expect(told()).toEqual([["ended", 1, as]]);
    expect(end.openLanes).toBe(0b01);
    expect(end.record).toBeDefined();
    end.settle(0, as, false);
    expect(told()).toEqual([["ended", 0, as]]);
    expect([end.openLanes, end.record]).toEqual([0, undefined]);
    end.releaseSettled();
    expect(told()).toEqual([]);
  });
});

describe("a START", () => {
  test.each(["delivered", "coalesced"] as const)("stays until its END is on disk: %s", (as) => {
    const { told, start, end } = span();
    written(start, 1);
    start.settle(0, as, false);
    start.settle(1, as, false);
    expect(told()).toEqual([]);
    const its = end();
    its.seq = 2;
    start.releaseSettled();
    expect(told()).toEqual([]);
    its.spooled();
    expect(told()).toEqual([
      ["started", 0, as],
      ["started", 1, as],
    ]);
    expect(start.openLanes).toBe(0);
    expect(its.older).toBeUndefined();
  });

  test("leaves a lane that is done with its END, also where that never was on disk", () => {
    const { told, start, end } = span();
    written(start, 1);
    start.settle(0, "delivered", false);
    start.settle(1, "delivered", false);
    const its = end();
    its.settle(1, "delivered", false);
    expect(told()).toEqual([
      ["ended", 1, "delivered"],
      ["started", 1, "delivered"],
    ]);
    expect(its.older).toBe(start);
    its.settle(0, "dropped", false);
    expect(told()).toEqual([
      ["ended", 0, "dropped"],
      ["started", 0, "delivered"],
    ]);
    expect(its.older).toBeUndefined();
  });

  test("that was dropped leaves: nobody is to be told that it was interrupted", () => {
    const { told, start } = span();
    written(start, 1);
    start.settle(0, "dropped", false);
    expect(told()).toEqual([["started", 0, "dropped"]]);
    expect(start.openLanes).toBe(0b10);
  });

  test("leaves when its END is there and it is not to be written at all", () => {
    const { told, start, end } = span();
    expect(start.isSuperseded).toBe(false);
    start.settle(0, "coalesced", false);
    start.settle(1, "coalesced", false);
    expect(start.isSuperseded).toBe(false);
    end();
    expect([start.isSuperseded, start.isNewest]).toEqual([true, false]);
    start.releaseSettled(true);
    expect(told()).toEqual([
      ["started", 0, "coalesced"],
      ["started", 1, "coalesced"],
    ]);
  });

  test("for which a lane still waits is not superseded, and forced it leaves only where it is settled", () => {
    const { told, start, end } = span();
    start.settle(1, "coalesced", false);
    end();
    expect(start.isSuperseded).toBe(false);
    start.releaseSettled(true);
    expect(told()).toEqual([["started", 1, "coalesced"]]);
    expect(start.openLanes).toBe(0b01);
  });

  test("is one by its first revision: a span that stands open at a shutdown is none", () => {
    const { keeper } = span();
    expect(new OwnPlace(keeper, recordOf("started", 1), undefined, 1).isStart).toBe(false);
    expect(new OwnPlace(keeper, undefined, undefined, 1).isStart).toBe(false);
  });
});

describe("a place", () => {
  test("is kept once it has a number, while the disk is in use or it is there", () => {
    const { keeper, start } = span();
    expect(start.isKept).toBe(false);
    start.seq = 1;
    expect(start.isKept).toBe(true);
    keeper.isDiskInUse = false;
    expect(start.isKept).toBe(false);
    start.isSpooled = true;
    expect(start.isKept).toBe(true);
  });

  test("is unwritten while a lane needs it and neither it nor a newer one has a number", () => {
    const { start, end } = span();
    expect(start.isUnwritten).toBe(true);
    const its = end();
    expect([start.isUnwritten, its.isUnwritten]).toEqual([true, true]);
    its.seq = 1;
    expect([start.isUnwritten, its.isUnwritten]).toEqual([false, false]);
    its.seq = 0;
    its.settle(0, "delivered", false);
    expect(its.isUnwritten).toBe(true);
    its.settle(1, "delivered", false);
    expect(its.isUnwritten).toBe(false);
  });

  test("stands behind an older one that is on its way in a lane that is to read it back", () => {
    const { start, end } = span();
    written(start, 1);
    const its = written(end(), 2);
    expect(its.isBehindOlder).toBe(false);
    its.spill(0, false);
    expect(its.isBehindOlder).toBe(true);
    start.spill(0, false);
    expect(its.isBehindOlder).toBe(false);
    its.spill(1, false);
    expect(its.isBehindOlder).toBe(true);
    start.settle(1, "delivered", false);
    expect(its.isBehindOlder).toBe(false);
  });

  test.each<[string, boolean, (start: OwnPlace) => void]>([
    ["that has a number", true, (start) => void written(start, 1)],
    ["that may get one", true, () => undefined],
    [
      "that nobody waits for, so that it is not written",
      false,
      (start) => {
        start.settle(0, "coalesced", false);
        start.settle(1, "coalesced", false);
      },
    ],
  ])("follows a START %s: %s", (_, follows, happens) => {
    const { start, end } = span();
    const its = end();
    happens(start);
    expect(its.followsKeptStart).toBe(follows);
    expect(start.followsKeptStart).toBe(false);
  });

  test("follows no START where the older one is none", () => {
    const { keeper } = span();
    const first = written(new OwnPlace(keeper, recordOf("ended"), undefined, 1), 1);
    expect(new OwnPlace(keeper, recordOf("ended"), first, 1).followsKeptStart).toBe(false);
  });

  test("tells of each change of its doubt, by lane, and ends it when it is settled", () => {
    const { told, start } = span();
    start.doubt(1, true);
    start.doubt(1, true);
    start.doubt(0, false);
    start.doubt(0, true);
    expect(told()).toEqual([
      ["doubted", 1, 0b10],
      ["doubted", 0, 0b11],
    ]);
    start.settle(1, "delivered", true);
    expect(told()).toEqual([
      ["doubted", 1, 0b01],
      ["ended in doubt", 1],
    ]);
    start.settle(0, "delivered", false);
    expect(told()).toEqual([["doubted", 0, 0]]);
  });

  test("is read back by the lanes that left it to the disk, but for those that did so at the end", () => {
    const { told, start } = span();
    start.spill(1, false);
    start.spill(0, true);
    expect(told()).toEqual([["spilled", 0b10]]);
    expect(start.spilledLanes).toBe(0b10);
  });
});
