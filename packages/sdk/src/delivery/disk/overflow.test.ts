/** Records that gave their place in memory away: which come back, when, and what is told of those that do not. */
import { ManualClock } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { contentBytes, type Spool } from "../../spool/index.ts";
import type { SpanSlot } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { plainRecord } from "../record/testing/plain-record.ts";
import { Overflow } from "./overflow.ts";
import { OwnPlace, type PlaceKeeper } from "./own-place.ts";
import { RecordEncoder } from "./records/spooled-record.ts";
import type { SpoolingHost } from "./spooling-host.ts";

const BOTH_LANES = 0b11;
const ROOM = { maxRecords: 1_000, maxBytes: 1_000_000 };

function recordOf(name: string, phase: "started" | "ended" = "ended", characters = 0): SpanRecord {
  const input = characters === 0 ? undefined : "x".repeat(characters);
  return plainRecord({ phase, revision: phase === "started" ? 0 : 2, id: name, name, endMicros: undefined, input });
}

/** A spool that gives back what was put there, and a queue with the room that a test says. */
function setUp(queue = ROOM) {
  const clock = new ManualClock();
  const stored = new Map<number, SpanRecord>();
  const encoder = new RecordEncoder();
  const asked: number[][] = [];
  const spool = {
    state: "disk",
    async *read(wanted: readonly number[]) {
      asked.push([...wanted]);
      for (const seq of wanted) {
        const record = stored.get(seq);
        if (record === undefined) continue;
        const { head, blobs } = encoder.encode(record);
        const whole = blobs.map((blob) => ({ bytes: contentBytes(blob.bytes()), blobs: [], isWhole: true }));
        yield { seq, head: contentBytes(head), blobs: whole };
      }
    },
  };
  const told: unknown[][] = [];
  const back: { record: SpanRecord; ambiguous: number; lanes: number; from: string; nowMs: number }[] = [];
  const lanes = [0, 1].map((index) => ({
    index,
    bit: 1 << index,
    account: {
      spilledWasSuperseded: (maybeDelivered: boolean) => told.push(["superseded", index, maybeDelivered]),
      spilledWasLost: (reason: string, maybeDelivered: boolean) => told.push([reason, index, maybeDelivered]),
    },
  }));
  const held = { bytes: 0 };
  const core = {
    isClosed: false,
    heldRecords: 0,
    lanes,
    restore(slot: SpanSlot<SpanRecord>, record: SpanRecord, mask: number, from: string, nowMs: number) {
      back.push({ record, ambiguous: slot.ambiguous, lanes: mask, from, nowMs });
      core.heldRecords += 1;
      held.bytes += record.bytes;
      return mask;
    },
  };
  let wakes = 0;
  const host = { core, queue, heldBytes: () => held.bytes, clock, wake: () => (wakes += 1) };
  const overflow = new Overflow(spool as unknown as Spool, host as unknown as SpoolingHost);
  const keeper: PlaceKeeper = {
    isDiskInUse: true,
    doubted: () => undefined,
    endedInDoubt: (lane) => told.push(["ended in doubt", lane]),
    released: (_, lane, as) => told.push([as, lane]),
    spilled: (place) => overflow.add(place),
  };
  const placeOf = (record: SpanRecord, seq: number, older?: OwnPlace) => {
    const place = new OwnPlace(keeper, record, older, BOTH_LANES);
    place.seq = seq;
    place.isSpooled = true;
    stored.set(seq, record);
    return place;
  };
  const names = () => back.map(({ record }) => record.name);
  return {
    clock,
    spool,
    core,
    held,
    overflow,
    placeOf,
    back,
    names,
    asked,
    stored,
    told: () => told.splice(0),
    wakes: () => wakes,
  };
}

describe("an END that was left to the disk", () => {
  test("comes back to the lanes that left it, with what is in doubt of it, and the backlog is over", async () => {
    const { clock, overflow, placeOf, back, wakes } = setUp();
    clock.freezeFor(70);
    const place = placeOf(recordOf("a"), 1);
    place.doubt(1, true);
    place.doubt(0, true);
    place.spill(1, false);
    expect([overflow.hasBacklog, place.record]).toEqual([true, undefined]);
    await clock.settle();
    expect(back).toMatchObject([{ record: { name: "a" }, ambiguous: 0b10, lanes: 0b10, from: "spool", nowMs: 70 }]);
    expect([place.spilledLanes, place.record, back[0]!.record.onDisk]).toEqual([0, back[0]!.record, place]);
    expect(overflow.hasBacklog).toBe(false);
    expect(wakes()).toBeGreaterThan(0);
  });

  test.each<[string, (setUp: { core: { heldRecords: number }; held: { bytes: number } }) => void]>([
    ["half of the records", ({ core }) => Object.assign(core, { heldRecords: 500 })],
    ["half of the bytes", ({ held }) => Object.assign(held, { bytes: 500_000 })],
  ])("waits while the queue holds %s, and comes with less", async (_, fill) => {
    const all = setUp();
    fill(all);
    all.placeOf(recordOf("a"), 1).spill(0, false);
    await all.clock.settle();
    expect([all.names(), all.overflow.hasBacklog]).toEqual([[], true]);
    all.core.heldRecords = Math.max(0, all.core.heldRecords - 1);
    all.held.bytes = Math.max(0, all.held.bytes - 1);
    all.overflow.note();
    await all.clock.settle();
    expect([all.names(), all.overflow.hasBacklog]).toEqual([["a"], false]);
  });

  test.each<[string, (setUp: { core: { isClosed: boolean }; spool: { state: string } }) => void]>([
    ["after the shutdown", ({ core }) => Object.assign(core, { isClosed: true })],
    ["while the disk is away", ({ spool }) => Object.assign(spool, { state: "memory" })],
  ])("is not read %s", async (_, happens) => {
    const all = setUp();
    happens(all);
    all.placeOf(recordOf("a"), 1).spill(0, false);
    await all.clock.advance(10_000);
    expect([all.asked, all.told(), all.overflow.hasBacklog]).toEqual([[], [], true]);
  });

  test("comes in the order of leaving, as many at a time as there is room for", async () => {
    const { clock, core, overflow, placeOf, names, asked } = setUp({ maxRecords: 10, maxBytes: 1_000_000 });
    core.heldRecords = 5;
    for (const [index, name] of ["c", "a", "b", "d"].entries()) placeOf(recordOf(name), 9 - index).spill(0, false);
    core.heldRecords = 2;
    overflow.note();
    await clock.settle();
    expect(asked).toEqual([[9, 8, 7]]);
    expect(names()).toEqual(["c", "a", "b"]);
    core.heldRecords = 4;
    overflow.note();
    await clock.settle();
    expect(names()).toEqual(["c", "a", "b", "d"]);
  });

  test("comes with no more than 256 of its kind in one reading", async () => {
    const { clock, core, overflow, placeOf, names, asked } = setUp();
    core.heldRecords = 500;
    for (let i = 1; i <= 300; i++) placeOf(recordOf(`${i}`), i).spill(0, false);
    core.heldRecords = 0;
    overflow.note();
    await clock.settle();
    expect(asked.map(({ length }) => length)).toEqual([256, 44]);
    expect(names()).toHaveLength(300);
  });

  test("that is larger than what is free comes when it would be alone, and costs no reading before", async () => {
    const { clock, core, held, overflow, placeOf, names, asked, told } = setUp();
    placeOf(recordOf("large", "ended", 700_000), 1).spill(0, false);
    core.heldRecords = 1;
    held.bytes = 400_000;
    await clock.settle();
    expect([names(), asked.length]).toEqual([[], 1]);
    held.bytes = 310_000;
    overflow.note();
    await clock.settle();
    expect(asked).toHaveLength(1);
    held.bytes = 0;
    core.heldRecords = 0;
    overflow.note();
    await clock.settle();
    expect([names(), asked.length]).toEqual([["large"], 2]);
    expect(told()).toEqual([]);
  });

  test("does not overtake an older one of its span that is still on its way", async () => {
    const { clock, core, overflow, placeOf, names } = setUp();
    const older = placeOf(recordOf("older"), 1);
    const newer = placeOf(recordOf("newer"), 2, older);
    newer.spill(0, false);
    await clock.settle();
    expect([names(), core.heldRecords, overflow.hasBacklog]).toEqual([[], 0, true]);
    older.settle(0, "delivered", false);
    overflow.note();
    await clock.settle();
    expect(names()).toEqual(["newer"]);
  });

  test("whose files are gone is lost in the lanes that left it, each with its doubt", async () => {
    const { clock, core, overflow, placeOf, told, wakes } = setUp();
    core.heldRecords = 500;
    const place = placeOf(recordOf("a"), 1);
    place.doubt(1, true);
    place.spill(0, false);
    place.spill(1, false);
    overflow.lose(place);
    expect(told()).toEqual([
      ["spool_io", 0, false],
      ["dropped", 0],
      ["spool_io", 1, true],
      ["ended in doubt", 1],
      ["dropped", 1],
    ]);
    expect(place.spilledLanes).toBe(0);
    overflow.note();
    expect(overflow.hasBacklog).toBe(false);
    expect(wakes()).toBe(1);
    core.heldRecords = 0;
    await clock.advance(10_000);
    expect(told()).toEqual([]);
  });

  test("that is not found while the disk goes away is not lost", async () => {
    const { clock, spool, stored, overflow, placeOf, told } = setUp();
    const { read } = spool;
    spool.read = async function* (wanted) {
      yield* read.call(spool, wanted);
      spool.state = "memory";
    };
    const place = placeOf(recordOf("a"), 1);
    stored.clear();
    place.spill(0, false);
    for (let time = 0; time < 5; time++) {
      await clock.advance(5_000);
      spool.state = "disk";
      overflow.note();
    }
    await clock.advance(5_000);
    expect([told(), overflow.hasBacklog]).toEqual([[], true]);
  });
});

describe("a START that was left to the disk", () => {
  test("stays there: its END will say all that it says", async () => {
    const { clock, overflow, placeOf, asked, told } = setUp();
    const place = placeOf(recordOf("a", "started"), 1);
    place.spill(0, false);
    await clock.advance(10_000);
    expect([asked, told(), overflow.hasBacklog]).toEqual([[], [], false]);
    expect(place.record).toBeDefined();
  });

  test.each([true, false])(
    "ends as coalesced in the lanes that left it when its END is there before: %s",
    (isFirst) => {
      const { overflow, placeOf, told } = setUp();
      const start = placeOf(recordOf("a", "started"), 1);
      start.doubt(1, true);
      start.spill(1, false);
      if (!isFirst) start.spill(0, false);
      const end = placeOf(recordOf("a"), 2, start);
      if (isFirst) start.spill(0, false);
      else overflow.supersede(start);
      expect(told().filter(([what]) => what === "superseded")).toEqual([
        ["superseded", 0, false],
        ["superseded", 1, true],
      ]);
      expect([start.spilledLanes, end.spilledLanes]).toEqual([0, 0]);
      overflow.supersede(start);
      expect(told()).toEqual([]);
    },
  );
});
