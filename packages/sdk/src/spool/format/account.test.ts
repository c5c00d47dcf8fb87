import { describe, expect, test } from "vitest";
import { NO_DOUBT } from "./doubt.ts";
import { childrenFirst, materialised, type SpoolBlob } from "./entries.ts";
import { countLanes, LaneTable } from "./lane-table.ts";
import {
  decodeSlot,
  encodeSlot,
  type LaneAccount,
  LEDGER_SLOT_BYTES,
  laneHash,
  NO_COUNTS,
  NOTHING_UNTOLD,
  slotSalt,
} from "./ledger-file.ts";
import { SeqSet } from "./seq-set.ts";
import { WatermarkBoard } from "./watermarks.ts";

describe("the lanes of an incarnation", () => {
  const names = ["a", "b", "c"];

  test("are the bits of a record's mask, and names of none count for nothing", () => {
    const lanes = new LaneTable(names);
    expect(lanes.all).toBe(0b111);
    expect([lanes.maskOf(["a", "c", "unknown"]), lanes.maskOf([])]).toEqual([0b101, 0]);
    expect([lanes.namesOf(0b101), lanes.namesOf(0)]).toEqual([["a", "c"], []]);
    expect([0, 1, 0b101, -1].map(countLanes)).toEqual([0, 1, 2, 32]);
  });

  test("settle a record once each, and where it is not meant for them from the start", () => {
    const lanes = new LaneTable(names);
    lanes.markUnconcerned(5, 0b010);
    expect([lanes.unsettled(5, 0b111), lanes.unsettled(6, 0b101)]).toEqual([0b010, 0b101]);
    expect([lanes.settle("b", 5), lanes.settle("b", 5), lanes.settle("unknown", 5)]).toEqual([true, false, false]);
    expect(lanes.unsettled(5, 0b111)).toBe(0);
    expect(lanes.settledIn("b")?.ranges).toEqual([{ first: 5, last: 5 }]);
    expect(lanes.settledIn("unknown")).toBeUndefined();
    // A bit that is no lane of ours is never settled.
    expect(lanes.unsettled(5, 0b1000)).toBe(0b1000);
  });

  test("have an account each", () => {
    const settled = [1, 2, 3].map((seq) => SeqSet.of([{ first: seq, last: seq }]));
    const state = (created: number) => ({ counts: { ...NO_COUNTS, created }, untold: NOTHING_UNTOLD, doubt: NO_DOUBT });
    const accounts = new LaneTable(names, settled).accounts((lane) => state(lane.charCodeAt(0)));
    expect(accounts).toEqual(
      names.map((name, index) => ({ laneHash: laneHash(name), ...state(97 + index), settled: settled[index] })),
    );
  });
});

describe("a ledger's slot", () => {
  const salt = slotSalt("0123456789abcdef0123456789abcdef");
  const lane = (name: string, changes: Partial<LaneAccount> = {}): LaneAccount => ({
    laneHash: laneHash(name),
    counts: { created: 2 ** 40, delivered: 3, coalesced: 2, dropped: 1 },
    settled: SeqSet.of([
      { first: 1, last: 5 },
      { first: 9, last: 9 },
    ]),
    untold: { dropped: 7, maybeDelivered: 8 },
    doubt: { seqs: SeqSet.of([{ first: 6, last: 7 }]), unnumbered: 3 },
    ...changes,
  });
  const slot = { generation: 12, captured: 20, writtenMs: 1_769_860_800_123, lanes: [lane("a"), lane("b")] };
  const encode = (content: Parameters<typeof encodeSlot>[0] = slot) =>
    encodeSlot(content, salt, Buffer.alloc(LEDGER_SLOT_BYTES));

  test("comes back as it was written", () => {
    expect(decodeSlot(encode(), salt)).toEqual({ ...slot, isComplete: true });
    const empty = { generation: 1, captured: 0, writtenMs: 0, lanes: [] };
    expect(decodeSlot(encode(empty), salt)).toEqual({ ...empty, isComplete: true });
    expect(decodeSlot(encode({ ...slot, writtenMs: -1 }), salt)?.writtenMs).toBe(0);
    expect(decodeSlot(encode({ ...slot, writtenMs: 1.9 }), salt)?.writtenMs).toBe(1);
  });

  test("is none of another incarnation, none where any byte of it is damaged, and none that is cut", () => {
    expect(decodeSlot(encode(), salt + 1)).toBeUndefined();
    const whole = encode();
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      expect(decodeSlot(damaged, salt)).toBeUndefined();
    }
    for (const bytes of [0, 3, 47, whole.length - 1])
      expect(decodeSlot(whole.subarray(0, bytes), salt)).toBeUndefined();
  });

  test("with more losses than it has room to count says the most that it can", () => {
    const lanes = [lane("a", { untold: { dropped: 2 ** 40, maybeDelivered: 2 ** 41 } })];
    expect(decodeSlot(encode({ ...slot, lanes }), salt)?.lanes[0]?.untold).toEqual({
      dropped: 2 ** 32 - 1,
      maybeDelivered: 2 ** 32 - 1,
    });
  });

  test("with more holes than it has room for keeps every lane's account, and says that it is not complete", () => {
    const holes = SeqSet.of(Array.from({ length: 5_000 }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 1 })));
    const doubt = { seqs: holes, unnumbered: 1 };
    const lanes = ["a", "b", "c"].map((name) => lane(name, { settled: holes, doubt }));
    const read = decodeSlot(encode({ ...slot, lanes }), salt)!;
    expect(read.isComplete).toBe(false);
    expect(read.lanes.map(({ counts, untold, laneHash: hash }) => [counts, untold, hash])).toEqual(
      lanes.map(({ counts, untold, laneHash: hash }) => [counts, untold, hash]),
    );
    // What looks settled is; what is in doubt is within what it says.
    for (const { settled, doubt: read_ } of read.lanes) {
      expect(settled.ranges.every(({ first, last }) => first === last && holes.has(first))).toBe(true);
      expect(read_.seqs.ranges).toEqual([{ first: 1, last: 9_999 }]);
    }
    expect(read.lanes[0]!.settled.rangeCount).toBeGreaterThan(1_000);
  });
});

describe("blobs that name blobs", () => {
  const blob = (text: string, ...blobs: SpoolBlob[]): SpoolBlob => ({
    byteLength: text.length,
    bytes: () => Buffer.from(text),
    blobs,
  });
  const [leaf, other] = [blob("leaf"), blob("other")];
  const middle = blob("middle", leaf, other);
  const root = blob("root", middle, leaf);

  test("come each once, after those that they name, in the order of naming", () => {
    expect(childrenFirst([root, other, root], () => false)).toEqual([leaf, other, middle, root]);
    expect(childrenFirst([root], (each) => each === middle)).toEqual([leaf, root]);
    expect(childrenFirst([root], (each) => each === root)).toEqual([]);
    expect(childrenFirst([root, leaf], (each) => each === root)).toEqual([leaf]);
    expect(childrenFirst([], () => false)).toEqual([]);
  });

  test("may be a long chain", () => {
    let chain = leaf;
    for (let length = 0; length < 20_000; length += 1) chain = blob("x", chain);
    expect(childrenFirst([chain], () => false)).toHaveLength(20_001);
  });

  test("are what a record of them would be when it is read; one that can't be made is lost with what names it", () => {
    const head = Buffer.from("head");
    const broken: SpoolBlob = {
      byteLength: 1,
      bytes: () => {
        throw new Error("no");
      },
      blobs: [],
    };
    const stored = (text: string, isWhole: boolean, ...blobs: unknown[]) => ({
      bytes: Buffer.from(text),
      blobs,
      isWhole,
    });
    const leafStored = stored("leaf", true);
    expect(materialised({ seq: 3, head, lanes: 1, blobs: [middle] })).toEqual({
      seq: 3,
      head,
      blobs: [stored("middle", true, leafStored, stored("other", true))],
      isWhole: true,
    });
    expect(materialised({ seq: 3, head, lanes: 1, blobs: [blob("a", broken), leaf] })).toEqual({
      seq: 3,
      head,
      blobs: [stored("a", false, undefined), leafStored],
      isWhole: false,
    });
    expect(materialised({ seq: 3, head, lanes: 1, blobs: [] }).isWhole).toBe(true);
  });
});

describe("the watermarks", () => {
  const settled = async (...promises: Promise<boolean>[]) => {
    const states: (boolean | undefined)[] = promises.map(() => undefined);
    promises.forEach((promise, index) => void promise.then((reached) => (states[index] = reached)));
    await new Promise((resolve) => setImmediate(resolve));
    return states;
  };

  test("only grow, and tell who waits for them", async () => {
    const seen: unknown[] = [];
    const board = new WatermarkBoard(3, (marks) => seen.push(marks));
    expect(board.current).toEqual({ captured: 3, spooled: 3, synced: 3 });
    const waiting = [
      board.reach("spooled", 3),
      board.reach("spooled", 5),
      board.reach("synced", 5),
      board.reach("spooled", 6),
    ];
    expect(await settled(...waiting)).toEqual([true, undefined, undefined, undefined]);
    board.captured = 9;
    board.spooledTo(5);
    board.spooledTo(4);
    board.spooledTo(5);
    expect(await settled(...waiting)).toEqual([true, true, undefined, undefined]);
    board.syncedTo(5);
    board.syncedTo(3);
    expect(await settled(...waiting)).toEqual([true, true, true, undefined]);
    expect(seen).toEqual([
      { captured: 9, spooled: 5, synced: 3 },
      { captured: 9, spooled: 5, synced: 5 },
    ]);
    board.close();
    board.spooledTo(6);
    expect(await settled(...waiting)).toEqual([true, true, true, false]);
  });
});
