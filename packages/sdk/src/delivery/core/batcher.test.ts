import { ScriptedDelivery, SimRecord, wellBackEnd } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Batch } from "./batch.ts";
import { Batcher } from "./batcher.ts";
import { LaneQueue } from "./lane-queue.ts";
import { SpanSlot } from "./record.ts";

function batchOf(...weights: number[]): Batch<SimRecord> {
  const records = weights.map((ownBytes, serial) => {
    const span = { serial, span: `${serial}`, phase: "ended", revision: 1, isBad: false } as const;
    return new SimRecord({ kind: "offer", atMs: 0, ...span, ownBytes, blob: 0, blobBytes: 0 });
  });
  return new Batch(
    1,
    0,
    records.map(() => new SpanSlot<SimRecord>()),
    records,
  );
}

describe("a batch falls into two", () => {
  const options = { maxRecords: 10, maxBytes: 1_000, lingerMs: 10 };
  let id = 0;
  const batcher = new Batcher(0, new LaneQueue<SimRecord>(1), options, () => ++id);

  test.each([
    [[1, 1, 1, 1], 2, 2],
    [[10, 1, 1], 1, 1],
    [[1, 1, 10], 2, 1],
    [[1, 1], 1, 1],
    [[3, 3, 6], 2, 1],
    [[3, 3, 3, 1], 2, 2],
    [[1, 1, 1, 9, 1], 4, 2],
    [[0, 0, 0], 1, 1],
  ])("%j: after %i by its bytes, after %i by its number", (weights, byBytes, byNumber) => {
    for (const [isByBytes, at] of [
      [true, byBytes],
      [false, byNumber],
    ] as const) {
      const batch = batchOf(...weights);
      const [first, second] = batcher.halve(batch, isByBytes);
      expect(first.records).toEqual(batch.records.slice(0, at));
      expect(second.records).toEqual(batch.records.slice(at));
      expect([first.slots, second.slots]).toEqual([batch.slots.slice(0, at), batch.slots.slice(at)]);
      first.slots.forEach((slot, i) => {
        expect(slot).toBe(batch.slots[i]);
      });
      expect(first.id).not.toBe(second.id);
    }
  });
});

describe("a batch takes", () => {
  const sizes = (maxBytes: number, weights: readonly number[]) => {
    const lanes = { one: { backEnd: wellBackEnd, batch: { maxBytes, maxRecords: 5 } } };
    const delivery = new ScriptedDelivery({ lanes });
    weights.forEach((bytes, i) => {
      delivery.offer(`${i}`, "ended", bytes);
    });
    delivery.runTo(1_000);
    return delivery.requests.map(({ ids }) => ids.length);
  };

  test.each([
    ["what fills it to the byte", 1_000, [500, 500], [2]],
    ["nothing of a byte more", 1_000, [500, 501], [1, 1]],
    ["one record, however heavy", 1_000, [5_000, 5_000], [1, 1]],
    ["no more records than its number", 1_000_000, [1, 1, 1, 1, 1, 1, 1], [5, 2]],
  ])("%s", (_, maxBytes, weights, expected) => {
    expect(sizes(maxBytes, weights)).toEqual(expected);
  });

  test("nothing before it is full by number, by bytes, or has waited", () => {
    const sentAt = (count: number, bytes: number) => {
      const batch = { maxBytes: 1_000, maxRecords: 5, lingerMs: 250 };
      const delivery = new ScriptedDelivery({ lanes: { one: { backEnd: wellBackEnd, batch } } });
      for (let i = 0; i < count; i++) delivery.offer(`${i}`, "ended", bytes);
      delivery.runTo(1_000);
      return delivery.requests.map(({ atMs }) => atMs);
    };
    expect(sentAt(4, 1)).toEqual([250]);
    expect(sentAt(5, 1)).toEqual([0]);
    expect(sentAt(1, 999)).toEqual([250]);
    expect(sentAt(1, 1_000)).toEqual([0]);
  });
});
