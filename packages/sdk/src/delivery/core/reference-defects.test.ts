import { DELIVERED, ScriptedDelivery, wellBackEnd } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

/** Defects of a published span queue of the same design; each story is the one that shows it there. */
describe("what other queues get wrong", () => {
  test("B1 a shutdown that runs out of time counts everything it gives up", () => {
    const delivery = new ScriptedDelivery({ lanes: { hung: { batch: { maxRecords: 10 }, backEnd: () => undefined } } });
    delivery.offerMany(100);
    delivery.runTo(300);
    delivery.step({ kind: "shutdown", timeoutMs: 1_000 });
    delivery.runTo(2_000);

    const ledger = delivery.ledger("hung");
    expect(delivery.effects.at(-1)).toMatchObject({ kind: "closed", timedOut: true, lossless: false });
    expect(ledger.dropped.shutdown_timeout).toBe(100);
    expect(ledger.maybeDelivered).toBe(30);
    expect([ledger.pending, ledger.imbalance, delivery.memory.bytes]).toEqual([0, 0, 0]);
  });

  test("B2 a back end that hangs for ever takes nothing from the healthy one", () => {
    const sent = (backEnd: typeof wellBackEnd) => {
      const delivery = new ScriptedDelivery({ lanes: { sick: { backEnd }, healthy: { backEnd: wellBackEnd } } });
      delivery.offerMany(100);
      delivery.runTo(60_000);
      expect(delivery.ledger("healthy").delivered).toBe(100);
      return delivery.requestsOf("healthy");
    };
    expect(sent(() => undefined)).toEqual(sent(wellBackEnd));
  });

  test("B2 a hung back end that fills the queue in bursts costs the healthy one nothing", () => {
    const delivery = new ScriptedDelivery({
      lanes: { hung: { batch: { maxRecords: 50 }, backEnd: () => undefined }, healthy: { backEnd: wellBackEnd } },
      queue: { maxRecords: 1_000 },
    });
    for (let burst = 0; burst < 100; burst++) {
      delivery.offerMany(200, `${burst}.`);
      delivery.runTo(delivery.nowMs + 500);
    }
    expect(delivery.ledger("healthy").delivered).toBe(20_000);
    expect(delivery.ledger("hung").dropped.queue_full).toBeGreaterThan(18_000);
  });

  test("B3 a busy back end is asked at most 8 times in its first 5 seconds", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const delivery = new ScriptedDelivery({
        seed,
        lanes: { busy: { backEnd: () => ({ afterMs: 1, outcome: { kind: "busy", reason: "503" } }) } },
      });
      delivery.offerMany(2_000);
      delivery.runTo(5_000);
      expect(delivery.requests.length).toBeLessThanOrEqual(8);
    }
  });

  test("B4 a refused connection is tried again until the back end is there", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        late: {
          backEnd: ({ atMs }) => ({
            afterMs: 0,
            outcome: atMs < 20_000 ? { kind: "busy", reason: "ECONNREFUSED" } : DELIVERED,
          }),
        },
      },
    });
    delivery.offerMany(2_000);
    delivery.runTo(30_000);
    expect(delivery.ledger("late").delivered).toBe(2_000);
  });

  test("B5 one bad span among a hundred is rejected alone", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        strict: {
          backEnd: ({ ids }) => ({
            afterMs: 1,
            outcome: ids.includes("42") ? { kind: "poison", reason: "bad input" } : DELIVERED,
          }),
        },
      },
    });
    delivery.offerMany(100);
    delivery.runTo(1_000);
    const { delivered, dropped } = delivery.ledger("strict");
    expect([delivered, dropped.rejected]).toEqual([99, 1]);
    expect(delivery.requests.length - 1).toBeLessThanOrEqual(2 * Math.log2(100) + 2);
    expect(delivery.core.lanes[0]!.lastError).toBe("bad input");
  });

  test("B6 what one lane drops is on its own account only", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        refusing: { backEnd: ({ ids }) => ({ afterMs: 1, outcome: { kind: "partial", rejected: reject(ids) } }) },
        healthy: { backEnd: wellBackEnd },
      },
    });
    delivery.offerMany(10);
    delivery.runTo(1_000);
    expect(delivery.ledger("refusing").droppedTotal).toBe(10);
    expect(delivery.ledger("healthy").droppedTotal).toBe(0);
    expect(delivery.ledger("healthy").delivered).toBe(10);
  });

  test("B8 neither records nor bytes ever exceed their bounds", () => {
    const delivery = new ScriptedDelivery({
      lanes: { hung: { backEnd: () => undefined } },
      queue: { maxRecords: 300, maxBytes: 200_000 },
    });
    for (let i = 0; i < 5_000; i++) {
      delivery.offer(`${i}`, "ended", i % 900);
      expect(delivery.core.heldRecords).toBeLessThanOrEqual(300);
      expect(delivery.memory.bytes).toBeLessThanOrEqual(200_000);
    }
    expect(delivery.ledger("hung").imbalance).toBe(0);
  });

  test("B9 a START that is tried again never follows its END", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        flaky: {
          backEnd: ({ attempt }) =>
            attempt === 1
              ? { afterMs: 50, outcome: { kind: "busy", reason: "503" } }
              : { afterMs: 50, outcome: DELIVERED },
        },
      },
    });
    delivery.offer("span", "started");
    delivery.offer("other", "ended");
    delivery.runTo(260);
    delivery.offer("span", "ended");
    delivery.runTo(5_000);
    const sent = delivery.requests.flatMap(({ records }) => records.filter((record) => record.startsWith("span")));
    expect(sent[0]).toBe("span@1");
    expect(new Set(sent.slice(1))).toEqual(new Set(["span@2!"]));
    expect(delivery.ledger("flaky")).toMatchObject({ delivered: 2, coalesced: 1 });
  });
});

function reject(ids: readonly string[]) {
  return ids.map((id) => ({ id, reason: "no" }));
}
