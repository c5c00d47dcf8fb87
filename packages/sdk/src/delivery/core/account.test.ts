/** Each transition of a record: what it moves in the ledger, and what the disk is told. */
import { SimMemory, SimRecord } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { imbalanceOf } from "../../contract/ledger.ts";
import { Batch } from "./batch.ts";
import { DiskAccount } from "./disk-account.ts";
import type { SharedByLanes } from "./lane-account.ts";
import { SpanSlot } from "./record.ts";

const LANE = 3;

function setUp() {
  const told: unknown[][] = [];
  const memory = new SimMemory();
  const shared: SharedByLanes<SimRecord> = {
    memory,
    disk: {
      keeps: () => true,
      isFull: false,
      hasBacklog: false,
      doubted: (lane, { id }, isInDoubt) => told.push(["doubted", lane, id, isInDoubt]),
      settled: (lane, { id }, as, maybe) => told.push(["settled", lane, id, as, maybe]),
      spilled: (lane, { id }, isFinal) => told.push(["spilled", lane, id, isFinal]),
    },
    heldRecords: 0,
    sendsFromMs: 0,
    pressed: { records: 100, bytes: 100 },
    newBatchId: () => 1,
  };
  const account = new DiskAccount<SimRecord>(LANE, shared);
  const span = { serial: 1, span: "s", phase: "ended", revision: 1, isBad: false } as const;
  const record = new SimRecord({ kind: "offer", atMs: 0, ...span, ownBytes: 100, blob: 0, blobBytes: 0 });
  const hold = () => {
    record.holders = 1;
    shared.heldRecords += 1;
    memory.hold(record);
    account.arrived("created");
    account.accepted(record);
  };
  /** What is not zero. */
  const moved = () => {
    const { dropped, ...rest } = account.ledger;
    return Object.fromEntries(Object.entries({ ...rest, ...dropped }).filter(([, count]) => count !== 0));
  };
  return { account, shared, memory, record, hold, moved, told };
}

type Account = DiskAccount<SimRecord>;

describe("before and beside the queue", () => {
  test.each<[string, (account: Account) => void, Record<string, number>]>([
    ["what is held is pending", (account) => account.held(3), { created: 3, queued: 3 }],
    ["and no longer", (account) => [3, -1].forEach((records) => void account.held(records)), { created: 2, queued: 2 }],
    ["what a processor lost", (account) => account.lostBeforeOffer("hook_failed"), { created: 1, hook_failed: 1 }],
    ["what comes", (account) => account.arrived("recovered"), { recovered: 1 }],
    [
      "two records of a dead process that are one",
      (account) => account.orphanWasCoalesced(true),
      { recovered: 1, coalesced: 1, maybeDelivered: 1 },
    ],
    ["and that nobody sent", (account) => account.orphanWasCoalesced(false), { recovered: 1, coalesced: 1 }],
    [
      "what a dead process left and nobody can read",
      (account) => account.orphansWereLost(4, "spool_full", 3),
      { recovered: 4, spool_full: 4, maybeDelivered: 3 },
    ],
    [
      "what a dead process lost itself",
      (account) => account.inherits(5, 2),
      { inheritedDropped: 5, inheritedMaybeDelivered: 2 },
    ],
  ])("%s", (_, move, expected) => {
    const { account, moved, told } = setUp();
    move(account);
    expect(moved()).toEqual(expected);
    expect(told).toEqual([]);
    if (!("recovered" in expected) || "coalesced" in expected) expect(imbalanceOf(account.ledger)).toBe(0);
  });

  test("a record that no lane takes is dropped, on disk too", () => {
    const { account, record, moved, told } = setUp();
    account.arrived("created");
    account.refused(record, "shutdown");
    expect(moved()).toEqual({ created: 1, shutdown: 1 });
    expect(told).toEqual([["settled", LANE, "s", "dropped", false]]);
  });
});

describe("how a queued record ends", () => {
  test.each<[string, (account: Account, record: SimRecord) => void, Record<string, number>, unknown[]]>([
    ["delivered", (account, record) => account.delivered(record), { delivered: 1 }, ["settled", "delivered", false]],
    [
      "coalesced",
      (account, record) => account.coalesced(record, false),
      { coalesced: 1 },
      ["settled", "coalesced", false],
    ],
    [
      "coalesced, perhaps delivered",
      (account, record) => account.coalesced(record, true),
      { coalesced: 1, maybeDelivered: 1 },
      ["settled", "coalesced", true],
    ],
    [
      "dropped",
      (account, record) => account.dropped(record, "queue_full", false),
      { queue_full: 1 },
      ["settled", "dropped", false],
    ],
    [
      "dropped, perhaps delivered",
      (account, record) => account.dropped(record, "rejected", true),
      { rejected: 1, maybeDelivered: 1 },
      ["settled", "dropped", true],
    ],
    ["spilled", (account, record) => account.spilled(record, false), { spooled: 1 }, ["spilled", false]],
    ["left to the disk", (account, record) => account.spilled(record, true), { spooled: 1 }, ["spilled", true]],
  ])("%s: memory and the flush let go of it", (_, end, expected, [what, ...how]) => {
    const { account, shared, memory, record, hold, moved, told } = setUp();
    hold();
    expect(account.isSettledThrough(0)).toBe(false);
    end(account, record);
    expect(moved()).toEqual({ created: 1, ...expected });
    expect(imbalanceOf(account.ledger)).toBe(0);
    expect([shared.heldRecords, memory.bytes, memory.held.size, record.holders]).toEqual([0, 0, 0, 0]);
    expect(account.isSettledThrough(0)).toBe(true);
    expect(told).toEqual([[what, LANE, "s", ...how]]);
  });

  test("one that another lane still holds stays in memory", () => {
    const { account, shared, memory, record, hold } = setUp();
    hold();
    record.holders = 2;
    account.delivered(record);
    expect([shared.heldRecords, memory.held.size, record.holders]).toEqual([1, 1, 1]);
  });
});

describe("what lies on disk", () => {
  test.each<[string, (account: Account) => void, Record<string, number>]>([
    ["comes back", (account) => account.takenBack(), {}],
    ["is superseded", (account) => account.spilledWasSuperseded(false), { coalesced: 1 }],
    [
      "is superseded, perhaps delivered",
      (account) => account.spilledWasSuperseded(true),
      { coalesced: 1, maybeDelivered: 1 },
    ],
    ["is lost", (account) => account.spilledWasLost("spool_full", false), { spool_full: 1 }],
    [
      "is lost, perhaps delivered",
      (account) => account.spilledWasLost("spool_full", true),
      { spool_full: 1, maybeDelivered: 1 },
    ],
  ])("%s", (_, move, expected) => {
    const { account, record, hold, moved } = setUp();
    hold();
    account.spilled(record, false);
    move(account);
    expect(moved()).toEqual({ created: 1, ...expected });
  });
});

test("an attempt: the disk hears of each record's doubt when it begins, and of the end of doubt when there is none", () => {
  const { account, record, hold, moved, told } = setUp();
  hold();
  const slot = new SpanSlot<SimRecord>();
  const batch = new Batch(1, LANE, [slot], [record]);
  account.sent(batch);
  expect(moved()).toEqual({ created: 1, inFlight: 1 });
  account.landed(batch);
  expect(moved()).toEqual({ created: 1, queued: 1 });
  expect(told.splice(0)).toEqual([
    ["doubted", LANE, "s", true],
    ["doubted", LANE, "s", false],
  ]);
  account.sent(batch);
  batch.doubt(true);
  account.landed(batch);
  expect(told).toEqual([["doubted", LANE, "s", true]]);
});

test("a claim that passes to a copy without payloads", () => {
  const { account, shared, memory, record, hold, moved } = setUp();
  hold();
  const copy = new SimRecord(record.offer, true);
  copy.holders = 1;
  shared.heldRecords += 1;
  memory.hold(copy);
  account.shed(record, copy);
  expect(moved()).toEqual({ created: 1, queued: 1, shedPayloads: 1 });
  expect([record.holders, copy.holders, shared.heldRecords]).toEqual([0, 2, 1]);
  expect(memory.held).toEqual(new Set([copy]));
});
