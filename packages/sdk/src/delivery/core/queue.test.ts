import { ScriptedDelivery, SimRecord, wellBackEnd } from "@everspan/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Deque } from "./deque.ts";
import { Expiry } from "./expiry.ts";
import { LaneQueue } from "./lane-queue.ts";
import { SpanSlot } from "./record.ts";

describe("a deque", () => {
  test("holds what a list would, in its order, whatever is done with it", () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.constant("push") },
      { weight: 1, arbitrary: fc.constant("shift") },
      { weight: 1, arbitrary: fc.constant("pop") },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const deque = new Deque<number>();
        const list: number[] = [];
        operations.forEach((name, i) => {
          if (name === "push") {
            deque.push(i);
            list.push(i);
          } else if (name === "shift") expect(deque.shift()).toBe(list.shift());
          else expect(deque.pop()).toBe(list.pop());
          expect(deque.length).toBe(list.length);
          expect([0, list.length - 1, list.length, list.length + 20].map((at) => deque.at(at))).toEqual([
            list[0],
            list.at(-1),
            undefined,
            undefined,
          ]);
        });
        expect(list.map((_, at) => deque.at(at))).toEqual(list);
      }),
    );
  });

  test("gives nothing when it is empty, and goes on", () => {
    const deque = new Deque<string>();
    for (let i = 0; i < 40; i++) expect([deque.shift(), deque.pop(), deque.length]).toEqual([undefined, undefined, 0]);
    deque.push("a");
    expect([deque.at(0), deque.pop(), deque.pop(), deque.at(0)]).toEqual(["a", "a", undefined, undefined]);
  });
});

describe("a lane's queue", () => {
  const setUp = (...weights: number[]) => {
    const queue = new LaneQueue<SimRecord>(2);
    const slots = weights.map((ownBytes, serial) => {
      const span = { serial, span: `${serial}`, phase: "ended", revision: 1, isBad: false } as const;
      const slot = new SpanSlot<SimRecord>();
      slot.latest = new SimRecord({ kind: "offer", atMs: 0, ...span, ownBytes, blob: 0, blobBytes: 0 });
      queue.push(slot, slot.latest, 0);
      return slot;
    });
    const seen = () => ({ records: queue.records, bytes: queue.bytes, positions: queue.positions });
    return { queue, slots, seen };
  };

  test("counts what stands in it, and takes a place at the end back", () => {
    const { queue, slots, seen } = setUp(10, 20, 30);
    expect(seen()).toEqual({ records: 3, bytes: 60, positions: 3 });
    queue.remove(slots[2]!);
    expect(seen()).toEqual({ records: 2, bytes: 30, positions: 2 });
    queue.remove(slots[0]!);
    expect(seen()).toEqual({ records: 1, bytes: 20, positions: 2 });
    expect([queue.at(0), queue.at(1), queue.at(2)]).toEqual([undefined, slots[1], undefined]);
    expect(queue.head).toBe(slots[1]);
    expect(seen()).toEqual({ records: 1, bytes: 20, positions: 1 });
  });

  test("gives the oldest first, and nothing when it is empty", () => {
    const { queue, slots, seen } = setUp(10, 20);
    expect([queue.shift(), queue.shift(), queue.shift(), queue.head]).toEqual([
      slots[0],
      slots[1],
      undefined,
      undefined,
    ]);
    expect(seen()).toEqual({ records: 0, bytes: 0, positions: 0 });
    queue.postponeHead();
    expect(seen()).toEqual({ records: 0, bytes: 0, positions: 0 });
  });

  test("lets the oldest go behind the others, and weighs a newer record in an older one's place", () => {
    const { queue, slots, seen } = setUp(10, 20, 30);
    queue.postponeHead();
    expect(seen()).toEqual({ records: 3, bytes: 60, positions: 3 });
    queue.resize(slots[1]!.latest!, slots[2]!.latest!);
    expect(queue.bytes).toBe(70);
    expect([0, 1, 2].map((at) => queue.at(at))).toEqual([slots[1], slots[2], slots[0]]);
  });

  test("waits for company from the oldest on", () => {
    const delivery = new ScriptedDelivery({ lanes: { one: { backEnd: wellBackEnd } } });
    for (const id of ["a", "b", "c"]) {
      delivery.offer(id);
      delivery.runTo(delivery.nowMs + 100);
    }
    delivery.runTo(1_000);
    expect(delivery.requests.map(({ atMs, ids }) => [atMs, ids.length])).toEqual([[250, 3]]);
  });
});

describe("a standstill of the process", () => {
  test.each([
    ["takes nothing from what came after it", 1_000, 60_000, 100_000, 99_000, 219_000],
    ["leaves as much time as it took", 0, 60_000, 100_000, 0, 160_000],
    ["leaves the whole time when it took more", 0, 300_000, 400_000, 0, 520_000],
    ["that is short changes little", 0, 1_000, 50_000, 0, 120_000],
  ])("%s", (_, __, forMs, nowMs, offeredAtMs, expected) => {
    const expiry = new Expiry({ concurrency: 1, attemptTimeoutMs: 1, deliveryTimeoutMs: 120_000 });
    expiry.forgiveStall(forMs, nowMs);
    expect(expiry.expiryMs(offeredAtMs)).toBe(expected);
    expiry.forgiveStall(0, nowMs);
    expect(expiry.expiryMs(offeredAtMs)).toBe(expected);
  });

  test("gives requests under way as much time as it took, up to a whole attempt", () => {
    const deadlineOf = (forMs: number) => {
      const delivery = new ScriptedDelivery({ lanes: { one: { backEnd: () => undefined, batch: { lingerMs: 0 } } } });
      delivery.offer("a");
      delivery.runTo(0);
      delivery.nowMs = 9_000;
      delivery.step({ kind: "stalled", forMs });
      return delivery.core.wakeAtMs;
    };
    expect([0, 500, 2_000, 50_000].map(deadlineOf)).toEqual([10_000, 10_000, 11_000, 19_000]);
  });
});
