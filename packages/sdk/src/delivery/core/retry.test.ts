import { type BackEnd, DELIVERED, ScriptedDelivery } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

const BACKOFF_CAP_MS = 5_000;
const refused = { afterMs: 0, outcome: { kind: "busy", reason: "ECONNREFUSED" } } as const;
const taken = { afterMs: 5, outcome: DELIVERED } as const;

describe("a back end in trouble", () => {
  test.each([1, 4])("W17 a back end that takes 30 s loses nothing with %i requests at the same time", (concurrency) => {
    const delivery = new ScriptedDelivery({
      lanes: {
        slow: {
          delivery: { concurrency, attemptTimeoutMs: 60_000, deliveryTimeoutMs: 600_000 },
          backEnd: () => ({ afterMs: 30_000, outcome: DELIVERED }),
        },
      },
    });
    delivery.offerMany(1_600);
    delivery.runTo(300_000);
    expect(delivery.ledger("slow").delivered).toBe(1_600);
  });

  test("W17 a back end slower than the spans that come costs exactly what the bound can't hold", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        slow: {
          delivery: { concurrency: 1, attemptTimeoutMs: 60_000 },
          backEnd: () => ({ afterMs: 30_000, outcome: DELIVERED }),
        },
      },
      queue: { maxRecords: 500 },
    });
    delivery.offerMany(1_600);
    delivery.runTo(110_000);
    expect(delivery.ledger("slow")).toMatchObject({ delivered: 500, imbalance: 0, pending: 0 });
    expect(delivery.ledger("slow").dropped.queue_full).toBe(1_100);
  });

  test("W18 a flapping back end gets everything within one backoff cap of its recovery", () => {
    const recoveredMs = 600_000;
    const backEnd: BackEnd = ({ atMs }) => (atMs < recoveredMs && Math.floor(atMs / 1_000) % 2 === 1 ? refused : taken);
    const delivery = new ScriptedDelivery({ lanes: { flapping: { backEnd } } });
    for (let second = 0; second < 600; second++) {
      delivery.offerMany(20, `${second}.`);
      delivery.runTo((second + 1) * 1_000);
    }
    expect(delivery.requests.length).toBeLessThan(600 * 5);
    delivery.runTo(recoveredMs + BACKOFF_CAP_MS);
    expect(delivery.ledger("flapping")).toMatchObject({ delivered: 12_000, droppedTotal: 0 });
  });

  test("W19 fifty producers that were all refused don't come back all at the same time", () => {
    const recoveredMs = 20_000;
    const windowMs = 100;
    const windows = new Array<number>(BACKOFF_CAP_MS / windowMs).fill(0);
    const trials = 20;
    for (let producer = 1; producer <= 50 * trials; producer++) {
      const backEnd: BackEnd = ({ atMs }) => (atMs < recoveredMs ? refused : taken);
      const delivery = new ScriptedDelivery({ seed: producer, lanes: { shared: { backEnd } } });
      delivery.offerMany(10);
      delivery.runTo(recoveredMs + BACKOFF_CAP_MS);
      const { atMs } = delivery.requests.at(-1)!;
      windows[Math.floor((atMs - recoveredMs) / windowMs)]! += 1;
    }
    const mean = (50 * trials) / windows.length;
    expect(Math.max(...windows)).toBeLessThanOrEqual(3 * mean);
  });

  test("a lane that was paused for ten minutes delivers what it kept", () => {
    const backEnd: BackEnd = ({ atMs }) =>
      atMs < 600_000 ? { afterMs: 5, outcome: { kind: "misconfigured", reason: "401" } } : taken;
    const delivery = new ScriptedDelivery({ lanes: { rotated: { backEnd } } });
    delivery.offerMany(300);
    delivery.runTo(660_000);
    expect(delivery.ledger("rotated")).toMatchObject({ delivered: 300, droppedTotal: 0 });
    const warnings = delivery.effects.flatMap((effect) => (effect.kind === "warn" ? [effect.topic] : []));
    expect(warnings).toEqual(["paused", "recovered"]);
  });

  test("a process that stood still for longer than the delivery timeout gives nothing up for that", () => {
    const delivery = new ScriptedDelivery({ lanes: { well: { backEnd: () => ({ ...taken, afterMs: 100 }) } } });
    delivery.offerMany(500);
    delivery.runTo(200);
    delivery.nowMs += 300_000;
    delivery.step({ kind: "stalled", forMs: 300_000 });
    delivery.runTo(delivery.nowMs + 10_000);
    expect(delivery.ledger("well")).toMatchObject({ delivered: 500, droppedTotal: 0 });
    expect(delivery.core.lanes[0]!.requests.begunAgain).toBe(0);
  });

  test("a record that comes while every request hangs is given up on time", () => {
    const delivery = new ScriptedDelivery({
      lanes: {
        hung: {
          batch: { lingerMs: 0 },
          delivery: { concurrency: 1, attemptTimeoutMs: 60_000, deliveryTimeoutMs: 5_000 },
          backEnd: () => undefined,
        },
      },
    });
    delivery.offer("first");
    delivery.runTo(1_000);
    delivery.offer("second");
    delivery.runTo(6_000);
    expect(delivery.ledger("hung").dropped.delivery_timeout).toBe(1);
    expect(delivery.ledger("hung").inFlight).toBe(1);
  });

  test.each([
    ["no number", Number.NaN, 0],
    ["negative", -5_000, 0],
    ["half a second", 500, 500],
    ["a week", 604_800_000, 60_000],
    ["for ever", Number.POSITIVE_INFINITY, 60_000],
  ])("a Retry-After that is %s is heard within reason", (_, retryAfterMs, leastMs) => {
    const backEnd: BackEnd = ({ attempt }) =>
      attempt === 1 ? { afterMs: 0, outcome: { kind: "busy", reason: "429", retryAfterMs } } : taken;
    const delivery = new ScriptedDelivery({ lanes: { busy: { backEnd } } });
    delivery.offer("span");
    delivery.runTo(70_000);
    const [first, second] = delivery.requests;
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(Math.max(leastMs, 100));
    expect(second!.atMs - first!.atMs).toBeLessThanOrEqual(Math.max(leastMs, 200));
    expect(delivery.ledger("busy").delivered).toBe(1);
  });

  test("what arrived of a batch that failed is delivered, and only the rest is tried again, by record", () => {
    const half = { kind: "busy", reason: "503", delivered: [0, 2], maybeDelivered: [3] } as const;
    const backEnd: BackEnd = ({ attempt }) =>
      attempt === 1 ? { afterMs: 5, outcome: half } : { afterMs: 5, outcome: { kind: "busy", reason: "503" } };
    const delivery = new ScriptedDelivery({ lanes: { single: { backEnd, delivery: { deliveryTimeoutMs: 2_000 } } } });
    delivery.offerMany(5);
    delivery.runTo(260);
    expect(delivery.ledger("single")).toMatchObject({ delivered: 2, queued: 3, inFlight: 0 });
    delivery.runTo(10_000);
    expect(delivery.requests.map(({ ids }) => ids.join())).toEqual(expect.arrayContaining(["0,1,2,3,4", "1,3,4"]));
    expect(delivery.ledger("single")).toMatchObject({ delivered: 2, droppedTotal: 3, maybeDelivered: 1 });
  });

  test("a batch of which all arrived is done, whatever else its outcome says", () => {
    const all = { kind: "busy", reason: "503 for what came after", delivered: [0, 1], retryAfterMs: 700 } as const;
    const delivery = new ScriptedDelivery({ lanes: { single: { backEnd: () => ({ afterMs: 5, outcome: all }) } } });
    delivery.offerMany(2);
    delivery.runTo(60_000);
    expect(delivery.ledger("single")).toMatchObject({ delivered: 2, pending: 0 });
    expect(delivery.requests).toHaveLength(1);
  });

  test.each(["poison", "misconfigured", "tooLarge", "partial"] as const)(
    "%s may say that an earlier sending of the same request may have arrived",
    (kind) => {
      const outcome = { kind, reason: "400", rejected: [{ id: "0", reason: "400" }], maybeDelivered: true };
      const delivery = new ScriptedDelivery({ lanes: { one: { backEnd: () => ({ afterMs: 5, outcome }) } } });
      delivery.offer("0");
      delivery.runTo(1_000);
      delivery.step({ kind: "shutdown", timeoutMs: 0 });
      expect(delivery.ledger("one")).toMatchObject({ droppedTotal: 1, maybeDelivered: 1 });
    },
  );

  test("a record that a back end always fails for holds up nobody and is found by halves", () => {
    const backEnd: BackEnd = ({ ids }) =>
      ids.includes("0.7") ? { afterMs: 5, outcome: { kind: "busy", reason: "500" } } : taken;
    const delivery = new ScriptedDelivery({ lanes: { buggy: { backEnd } } });
    for (let second = 0; second < 130; second++) {
      delivery.offerMany(20, `${second}.`);
      delivery.runTo((second + 1) * 1_000);
    }
    expect(delivery.ledger("buggy")).toMatchObject({ delivered: 130 * 20 - 1, droppedTotal: 1 });
    expect(delivery.ledger("buggy").dropped.delivery_timeout).toBe(1);
  });
});
