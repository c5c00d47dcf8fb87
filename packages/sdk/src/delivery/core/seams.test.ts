/** What follows a cut, a split, an abort or an update: promises that no drawn fault schedule shows. */
import { DELIVERED, ScriptedDelivery, SimRecord, wellBackEnd } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Batch } from "./batch.ts";
import { SpanSlot } from "./record.ts";
import { RetryList } from "./retry-list.ts";
import { Suspects } from "./suspects.ts";

let serial = 0;

function recordWith(holders: number): SimRecord {
  serial += 1;
  const span = { serial, span: `${serial}`, phase: "ended", revision: 1, isBad: false } as const;
  const record = new SimRecord({ kind: "offer", atMs: 0, ...span, ownBytes: 100, blob: 0, blobBytes: 0 });
  record.holders = holders;
  return record;
}

function batchOf(...holders: number[]): Batch<SimRecord> {
  const slots = holders.map(() => new SpanSlot<SimRecord>());
  return new Batch(serial, 0, slots, holders.map(recordWith));
}

describe("a batch that is cut", () => {
  test("leaves records that have waited since they were offered, not since the cut", () => {
    const backEnd = () => ({ afterMs: 1_000, outcome: DELIVERED });
    const batch = { maxRecords: 2, lingerMs: 5_000 };
    const delivery = new ScriptedDelivery({ lanes: { slow: { backEnd, batch, delivery: { concurrency: 1 } } } });
    delivery.offerMany(2, "first ");
    delivery.runTo(100);
    delivery.offerMany(2, "later ");
    delivery.runTo(600);
    delivery.offer("last");
    delivery.runTo(20_000);
    expect(delivery.requests.map(({ atMs, ids }) => [atMs, ids.length])).toEqual([
      [0, 2],
      [1_000, 2],
      [5_600, 1],
    ]);
  });

  test("by its bytes counts what a START became when its END took its place", () => {
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd, batch: { maxBytes: 6_000 } } } });
    delivery.offer("span", "started", 100);
    delivery.runTo(10);
    delivery.offer("span", "ended", 6_000);
    delivery.runTo(11);
    expect(delivery.requests.map(({ atMs }) => atMs)).toEqual([10]);
  });
});

describe("a batch that is split as a suspect", () => {
  test("has halves that have yet to fail by themselves", () => {
    const suspects = new Suspects<SimRecord>(() => 0.5);
    const whole = batchOf(1, 1);
    whole.suspicions = 3;
    const [half, other] = [batchOf(1), batchOf(1)];
    suspects.inherit(half, whole);
    suspects.inherit(other, whole);
    suspects.backOff(1_000);
    expect(suspects.notBeforeMs(half)).toBe(Number.NEGATIVE_INFINITY);
    half.suspicions += 1;
    expect(suspects.notBeforeMs(half)).toBeGreaterThan(1_000);
    expect(suspects.notBeforeMs(other)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("what waits to be tried again", () => {
  test("gives away nothing that another lane still holds: no room would be made", () => {
    const retries = new RetryList<SimRecord>();
    const [shared, own] = [batchOf(1, 2), batchOf(2, 1)];
    retries.push(shared);
    retries.push(own);
    const last = own.records[1];
    expect(retries.takeUnshared()?.record).toBe(last);
    expect([shared.size, own.size]).toEqual([2, 1]);
    expect(retries.takeUnshared()).toBeUndefined();
  });
});

describe("an attempt that was given up", () => {
  test("settles nothing by an answer that comes late", () => {
    const lanes = { hung: { backEnd: () => undefined, delivery: { attemptTimeoutMs: 100 } } };
    const delivery = new ScriptedDelivery({ lanes });
    delivery.offer("span");
    delivery.runTo(360);
    const aborted = delivery.effects.find(({ kind }) => kind === "abort");
    if (aborted?.kind !== "abort") throw new Error("nothing was aborted");
    const before = { ...delivery.ledger("hung") };
    delivery.step({ kind: "outcome", batch: aborted.batch, outcome: DELIVERED });
    expect(delivery.ledger("hung")).toMatchObject({ ...before, delivered: 0, imbalance: 0 });
  });
});

describe("a shutdown", () => {
  const refusing = (...bad: string[]) => ({
    backEnd: ({ ids }: { readonly ids: readonly string[] }) => ({
      afterMs: 1,
      outcome: {
        kind: "partial" as const,
        rejected: ids.filter((id) => bad.includes(id)).map((id) => ({ id, reason: "no" })),
      },
    }),
  });

  test.each([
    ["before", true],
    ["during", false],
  ])("says ok: a record was lost %s it", (when, lossless) => {
    const delivery = new ScriptedDelivery({ lanes: { back: refusing("bad") } });
    delivery.offer("bad");
    if (when === "before") delivery.runTo(1_000);
    delivery.offer("good");
    delivery.step({ kind: "shutdown", timeoutMs: 1_000 });
    delivery.runTo(3_000);
    expect(delivery.ledger("back").dropped.rejected).toBe(1);
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: false, lossless });
  });
});

test("a process that is about to end sends what it has without the linger, and what comes after lingers again", () => {
  const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd } } });
  delivery.offer("before");
  delivery.step({ kind: "hurry" });
  delivery.runTo(50);
  delivery.offer("after");
  delivery.runTo(1_000);
  expect(delivery.requests.map(({ atMs }) => atMs)).toEqual([0, 300]);
});
