import { type BackEnd, DELIVERED, ScriptedDelivery, wellBackEnd } from "@everspan/testkit";
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

const kindsOf = ({ effects }: ScriptedDelivery) => effects.map(({ kind }) => kind);
const hung: BackEnd = () => undefined;

describe("a flush", () => {
  test("that waits for nothing is answered in the same step, and says nothing else", () => {
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd } } });
    delivery.step({ kind: "flush", flushId: 7, timeoutMs: 1_000 });
    expect(delivery.effects).toEqual([{ kind: "flushed", flushId: 7, timedOut: false, lossless: true }]);
  });

  test("waits for every lane, and no longer than its time, to the millisecond", () => {
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd }, hung: { backEnd: hung } } });
    delivery.offer("span");
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 1_000 });
    delivery.runTo(999);
    expect(kindsOf(delivery)).toEqual(["send", "send"]);
    expect(delivery.ledger("well").delivered).toBe(1);
    delivery.runTo(1_000);
    expect(delivery.effects.at(-1)).toEqual({ kind: "flushed", flushId: 1, timedOut: true, lossless: true });
  });

  test.each([
    ["before", true],
    ["during", false],
  ])("says whether something was lost meanwhile: %s it", (when, lossless) => {
    const backEnd: BackEnd = ({ ids }) => ({
      afterMs: 1,
      outcome: ids.includes("bad") ? { kind: "poison", reason: "422" } : DELIVERED,
    });
    const delivery = new ScriptedDelivery({ lanes: { back: { backEnd, batch: { maxRecords: 1 } } } });
    delivery.offer("bad");
    if (when === "before") delivery.runTo(100);
    delivery.offer("good");
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 1_000 });
    delivery.runTo(2_000);
    expect(delivery.effects.at(-1)).toEqual({ kind: "flushed", flushId: 1, timedOut: false, lossless });
  });

  test("that waits for one lane lets what comes later linger in another", () => {
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd }, hung: { backEnd: hung } } });
    delivery.offer("before");
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 60_000 });
    delivery.runTo(100);
    delivery.offer("after");
    delivery.runTo(1_000);
    expect(delivery.requestsOf("well").map(({ atMs }) => atMs)).toEqual([0, 350]);
  });
});

describe("a shutdown", () => {
  test("sends what lingers, waits for every lane, and closes with the last", () => {
    const slow: BackEnd = () => ({ afterMs: 500, outcome: DELIVERED });
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: wellBackEnd }, slow: { backEnd: slow } } });
    delivery.offer("span");
    delivery.step({ kind: "shutdown", timeoutMs: 10_000 });
    expect(delivery.requests.map(({ atMs }) => atMs)).toEqual([0, 0]);
    delivery.runTo(499);
    expect([delivery.core.isClosed, ...kindsOf(delivery)]).toEqual([false, "send", "send"]);
    delivery.runTo(500);
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: false, lossless: true });
    expect(delivery.core.isClosed).toBe(true);
    expect(delivery.core.lanes.map(({ state }) => state)).toEqual(["closed", "closed"]);
    expect(delivery.core.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("out of time gives up what is left, says so of the lane that lost, and begins nothing", () => {
    const delivery = new ScriptedDelivery({
      lanes: { well: { backEnd: wellBackEnd }, hung: { backEnd: hung, delivery: { concurrency: 1 } } },
    });
    delivery.offerMany(250);
    delivery.step({ kind: "shutdown", timeoutMs: 1_000 });
    delivery.runTo(999);
    expect(kindsOf(delivery)).toEqual(["send", "send", "send"]);
    delivery.runTo(1_000);
    expect(kindsOf(delivery)).toEqual(["send", "send", "send", "abort", "warn", "closed"]);
    expect(delivery.effects.at(-2)).toMatchObject({ laneIndex: 1, topic: "dropped", detail: "shutdown_timeout" });
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: true, lossless: false });
    expect(delivery.ledger("hung")).toMatchObject({ maybeDelivered: 200, pending: 0, imbalance: 0 });
    expect(delivery.ledger("hung").dropped.shutdown_timeout).toBe(250);
  });

  test("answers a flush that still waits, and nothing after it", () => {
    const delivery = new ScriptedDelivery({ lanes: { hung: { backEnd: hung } } });
    delivery.offer("span");
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 60_000 });
    delivery.step({ kind: "shutdown", timeoutMs: 100 });
    delivery.runTo(100);
    expect(kindsOf(delivery)).toEqual(["send", "abort", "warn", "flushed", "closed"]);
    expect(delivery.effects.at(-2)).toMatchObject({ timedOut: false, lossless: false });
    delivery.step({ kind: "flush", flushId: 2, timeoutMs: 60_000 });
    delivery.step({ kind: "shutdown", timeoutMs: 100 });
    delivery.step({ kind: "timer" });
    expect(delivery.effects).toHaveLength(5);
    delivery.offer("late");
    expect(delivery.ledger("hung").dropped.shutdown).toBe(1);
  });
});

describe("lanes of one core", () => {
  test("have their own times, whichever is told first", () => {
    const lanes = {
      early: { backEnd: wellBackEnd, batch: { lingerMs: 100 } },
      late: { backEnd: wellBackEnd, batch: { lingerMs: 500 } },
    };
    for (const names of [Object.entries(lanes), Object.entries(lanes).reverse()]) {
      const delivery = new ScriptedDelivery({ lanes: Object.fromEntries(names) });
      delivery.offer("span");
      delivery.runTo(1_000);
      expect(delivery.requests.map(({ lane, atMs }) => [lane, atMs])).toEqual([
        ["early", 100],
        ["late", 500],
      ]);
    }
  });

  test("one that is disabled drops what it is offered, and holds up nobody", () => {
    const delivery = new ScriptedDelivery({
      lanes: { off: { backEnd: wellBackEnd, disabled: true }, well: { backEnd: wellBackEnd } },
    });
    delivery.offerMany(3);
    expect(delivery.ledger("off")).toMatchObject({ created: 3, pending: 0, imbalance: 0 });
    expect(delivery.ledger("off").dropped.disabled).toBe(3);
    delivery.step({ kind: "shutdown", timeoutMs: 1_000 });
    delivery.runTo(1);
    expect(delivery.requests.map(({ lane }) => lane)).toEqual(["well"]);
    expect(delivery.ledger("well")).toMatchObject({ delivered: 3, pending: 0 });
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: false, lossless: true });
    expect(delivery.core.heldRecords).toBe(0);
  });

  test("that are all disabled hold nothing", () => {
    const delivery = new ScriptedDelivery({ lanes: { off: { backEnd: wellBackEnd, disabled: true } } });
    delivery.offerMany(3);
    expect([delivery.core.heldRecords, delivery.memory.held.size]).toEqual([0, 0]);
    expect(delivery.core.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("count what waits before they are offered, and what was lost before", () => {
    const delivery = new ScriptedDelivery({ lanes: { a: { backEnd: wellBackEnd }, b: { backEnd: wellBackEnd } } });
    delivery.core.countHeld(3);
    delivery.core.countHeld(-1);
    delivery.core.countLost("sampled");
    delivery.core.countLost("hook_failed");
    for (const lane of ["a", "b"]) {
      expect(delivery.ledger(lane)).toMatchObject({ created: 4, queued: 2, droppedTotal: 2, imbalance: 0 });
      expect(delivery.ledger(lane).lost).toBe(1);
    }
  });
});
