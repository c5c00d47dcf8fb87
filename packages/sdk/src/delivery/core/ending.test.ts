import { DELIVERED, ScriptedDelivery, wellBackEnd } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

describe("flush and shutdown", () => {
  test("C6 a hundred flushes and two shutdowns at the same time are each answered once", () => {
    const delivery = new ScriptedDelivery({
      lanes: { slow: { backEnd: () => ({ afterMs: 500, outcome: DELIVERED }) } },
    });
    delivery.offerMany(1_000);
    for (let flushId = 0; flushId < 100; flushId++) delivery.step({ kind: "flush", flushId, timeoutMs: 60_000 });
    delivery.step({ kind: "shutdown", timeoutMs: 30_000 });
    delivery.step({ kind: "shutdown", timeoutMs: 1 });
    delivery.runTo(60_000);

    const flushed = delivery.effects.flatMap((effect) => (effect.kind === "flushed" ? [effect] : []));
    expect(new Set(flushed.map(({ flushId }) => flushId)).size).toBe(100);
    expect(flushed).toHaveLength(100);
    expect(flushed.every(({ timedOut, lossless }) => !timedOut && lossless)).toBe(true);
    expect(delivery.effects.filter(({ kind }) => kind === "closed")).toHaveLength(1);
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: false, lossless: true });
    expect(delivery.ledger("slow").delivered).toBe(1_000);
  });

  test("a flush does not linger, and does not wait for what comes after it", () => {
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd } } });
    delivery.offer("before");
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 1_000 });
    expect(delivery.requests[0]!.atMs).toBe(0);
    delivery.offer("after");
    delivery.runTo(1);
    expect(delivery.effects.at(-1)).toMatchObject({ kind: "flushed", timedOut: false });
  });

  test("records that keep coming don't hold up a shutdown and are counted", () => {
    const delivery = new ScriptedDelivery({
      lanes: { slow: { backEnd: () => ({ afterMs: 100, outcome: DELIVERED }) } },
    });
    delivery.offerMany(10);
    delivery.step({ kind: "shutdown", timeoutMs: 30_000 });
    for (let i = 0; i < 50; i++) {
      delivery.offer(`late ${i}`);
      delivery.runTo(delivery.nowMs + 10);
    }
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: false, lossless: false });
    expect(delivery.ledger("slow")).toMatchObject({ delivered: 10, created: 60, imbalance: 0 });
    expect(delivery.ledger("slow").dropped.shutdown).toBe(50);
  });

  test("a rejected record that an unanswered attempt may have delivered is counted as such", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        changed: {
          delivery: { attemptTimeoutMs: 500 },
          backEnd: ({ attempt }) =>
            attempt === 1 ? undefined : { afterMs: 1, outcome: { kind: "poison", reason: "422" } },
        },
      },
    });
    delivery.offer("span");
    delivery.runTo(5_000);
    expect(delivery.ledger("changed")).toMatchObject({ delivered: 0, maybeDelivered: 1 });
    expect(delivery.ledger("changed").dropped.rejected).toBe(1);
  });
});
