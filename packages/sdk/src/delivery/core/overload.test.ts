import { ScriptedDelivery, wellBackEnd } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

const hung = { backEnd: () => undefined };

describe("more than the queue can hold", () => {
  test("C2 a burst of large spans loses payloads first, then records, each counted as bytes", () => {
    const delivery = new ScriptedDelivery({ lanes: { hung }, queue: { maxRecords: 10_000, maxBytes: 1_000_000 } });
    delivery.offerMany(2_000, "", 100_000);
    const ledger = delivery.ledger("hung");
    expect(ledger.shedPayloads).toBeGreaterThan(100);
    expect(ledger.dropped.queue_full_bytes).toBe(2_000 - ledger.pending);
    expect(ledger.dropped.queue_full).toBe(0);
    expect(delivery.memory.bytes).toBeLessThanOrEqual(1_000_000);
  });

  test("an END finds room where a START stood", () => {
    const delivery = new ScriptedDelivery({ lanes: { hung }, queue: { maxRecords: 10 } });
    for (let i = 0; i < 10; i++) delivery.offer(`started ${i}`, "started");
    for (let i = 0; i < 10; i++) delivery.offer(`ended ${i}`, "ended");
    delivery.offer("one more", "started");
    delivery.runTo(300);
    expect(delivery.requests[0]!.ids).toEqual(Array.from({ length: 10 }, (_, i) => `ended ${i}`));
    expect(delivery.ledger("hung").dropped.queue_full).toBe(11);
  });

  test("a lane whose records all wait for another attempt gives way to the healthy one", () => {
    const refused = { afterMs: 1, outcome: { kind: "busy", reason: "ECONNREFUSED" } } as const;
    const delivery = new ScriptedDelivery({
      lanes: { sick: { batch: { maxRecords: 50 }, backEnd: () => refused }, healthy: { backEnd: wellBackEnd } },
      queue: { maxRecords: 60 },
    });
    for (let round = 0; round < 200; round++) {
      delivery.offerMany(10, `${round}.`);
      delivery.runTo(delivery.nowMs + 300);
    }
    expect(delivery.ledger("healthy").delivered).toBe(2_000);
    expect(delivery.ledger("sick").imbalance).toBe(0);
  });

  test("T4 spans of the same moment leave in the order in which they came", () => {
    const delivery = new ScriptedDelivery({ lanes: { hung } });
    const ids = Array.from({ length: 200 }, (_, i) => `${(i * 7_919) % 200}`);
    for (const id of ids) delivery.offer(id);
    delivery.runTo(0);
    expect(delivery.requests[0]!.ids).toEqual(ids);
  });

  test("a second reason of loss within a minute is said too, and each of them once", () => {
    const refused = { afterMs: 1, outcome: { kind: "poison", reason: "bad" } as const };
    const delivery = new ScriptedDelivery({
      lanes: { x: { batch: { maxRecords: 1 }, backEnd: ({ ids }) => (ids[0] === "hangs" ? undefined : refused) } },
    });
    for (const id of ["refused", "refused too", "hangs"]) delivery.offer(id);
    delivery.runTo(1_000);
    delivery.step({ kind: "shutdown", timeoutMs: 0 });
    const said = delivery.effects.flatMap((effect) => (effect.kind === "warn" ? [effect.detail] : []));
    expect(said).toEqual(["rejected: bad", "shutdown_timeout"]);
    expect(delivery.ledger("x").dropped).toMatchObject({ rejected: 2, shutdown_timeout: 1 });
  });

  test("a span that ends before its START left is one record on the wire", () => {
    const delivery = new ScriptedDelivery({ lanes: { hung } });
    delivery.offer("short", "started");
    delivery.runTo(100);
    delivery.offer("short", "ended");
    delivery.runTo(260);
    expect(delivery.requests.map(({ records }) => records)).toEqual([["short@2!"]]);
    expect(delivery.ledger("hung").coalesced).toBe(1);
  });
});
