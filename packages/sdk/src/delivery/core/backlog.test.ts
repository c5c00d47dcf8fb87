import { type BackEnd, DELIVERED, ScriptedDelivery, type ScriptedRequest } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

const LATENCY_MS = 150;
const taken = { afterMs: LATENCY_MS, outcome: DELIVERED } as const;
const refused = { afterMs: LATENCY_MS, outcome: { kind: "busy", reason: "503" } } as const;

function delivering(backEnd: BackEnd, delivery: { readonly concurrency?: number; readonly maxConcurrency?: number }) {
  const lanes = { far: { batch: { maxRecords: 20 }, delivery, backEnd } };
  return new ScriptedDelivery({ lanes, queue: { maxRecords: 20_000 } });
}

/** Most requests that were under way at the same time, each for as long as the back end takes. */
function mostAtOnce(requests: readonly ScriptedRequest[]): number {
  const underWay = ({ atMs }: ScriptedRequest) =>
    requests.filter((other) => other.atMs <= atMs && atMs < other.atMs + LATENCY_MS).length;
  return Math.max(...requests.map(underWay));
}

describe("a backlog", () => {
  test("is carried by more requests at the same time, one more for each that got through", () => {
    const delivery = delivering(() => taken, { maxConcurrency: 16 });
    delivery.offerMany(2_000);
    delivery.runTo(10_000);
    const inRound = (round: number) =>
      delivery.requests.filter(({ atMs }) => Math.floor(atMs / LATENCY_MS) === round).length;
    expect([0, 1, 2, 3, 4].map(inRound)).toEqual([3, 6, 12, 16, 16]);
    expect(mostAtOnce(delivery.requests)).toBe(16);
    expect(delivery.ledger("far")).toMatchObject({ delivered: 2_000, pending: 0 });
  });

  test("that the usual number carries in good time changes nothing", () => {
    const delivery = delivering(() => taken, { maxConcurrency: 16 });
    delivery.offerMany(240);
    delivery.runTo(10_000);
    expect(mostAtOnce(delivery.requests)).toBe(3);
    expect(delivery.ledger("far").delivered).toBe(240);
  });

  test("is left to the usual number where that is the most", () => {
    const delivery = delivering(() => taken, { concurrency: 2, maxConcurrency: 2 });
    delivery.offerMany(2_000);
    delivery.runTo(60_000);
    expect(mostAtOnce(delivery.requests)).toBe(2);
  });

  test("of few and large records counts by its bytes", () => {
    const delivery = new ScriptedDelivery({
      lanes: { far: { delivery: { maxConcurrency: 16 }, backEnd: () => taken } },
      queue: { maxBytes: Number.MAX_SAFE_INTEGER },
    });
    delivery.offerMany(1_000, "", 1_000_000);
    delivery.runTo(60_000);
    expect(mostAtOnce(delivery.requests)).toBe(16);
  });

  test.each([
    ["records", { maxRecords: 10_000 }, 4_000, 500],
    ["bytes", { maxBytes: 8_000_000 }, 1_000, 6_000],
  ])("that fills a quarter of the queue's %s gets all its requests immediately", (_, queue, records, bytes) => {
    const delivery = new ScriptedDelivery({
      lanes: { far: { delivery: { maxConcurrency: 16 }, batch: { maxRecords: 20 }, backEnd: () => taken } },
      queue,
    });
    delivery.offerMany(records, "", bytes);
    delivery.runTo(LATENCY_MS - 1);
    expect(delivery.requests).toHaveLength(16);
    delivery.runTo(10_000);
    expect(delivery.ledger("far")).toMatchObject({ delivered: records, shedPayloads: 0 });
  });

  test("costs a back end that fails no more than one request at a time, and then begins small again", () => {
    const failsAtMs = 600;
    const backEnd: BackEnd = ({ atMs }) => (atMs >= failsAtMs && atMs < 2_000 ? refused : taken);
    const delivery = delivering(backEnd, { maxConcurrency: 16 });
    delivery.offerMany(2_000);
    delivery.runTo(60_000);
    const after = delivery.requests.filter(({ atMs }) => atMs >= failsAtMs + LATENCY_MS);
    const probes = after.filter(({ atMs }) => atMs < 2_000);
    expect(mostAtOnce(probes)).toBe(1);
    const well = after.filter(({ atMs }) => atMs >= 2_000);
    const secondRound = well.filter(({ atMs }) => atMs < well[0]!.atMs + 2 * LATENCY_MS);
    expect(mostAtOnce(secondRound)).toBeLessThanOrEqual(4);
    expect(delivery.ledger("far")).toMatchObject({ delivered: 2_000, droppedTotal: 0 });
  });
});
