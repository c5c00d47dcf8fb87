/** What a back end answers, and what follows: who is told, what is sent again, what is on the account. */
import { type BackEnd, DELIVERED, ScriptedDelivery, type ScriptedRequest } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { LaneConfig } from "../../contract/lane-options.ts";

/** Answers the first requests in turn, then takes everything. */
function answering(...outcomes: readonly ExportOutcome[]): BackEnd {
  let at = 0;
  return () => ({ afterMs: 5, outcome: outcomes[at++] ?? DELIVERED });
}

function deliver(backEnd: BackEnd, weights: readonly number[] = [500], batch: Partial<LaneConfig["batch"]> = {}) {
  const delivery = new ScriptedDelivery({ lanes: { one: { backEnd, batch } } });
  weights.forEach((bytes, i) => {
    delivery.offer(`${i}`, "ended", bytes);
  });
  delivery.runTo(250);
  return delivery;
}

const said = ({ effects }: ScriptedDelivery) =>
  effects.flatMap((effect) => (effect.kind === "warn" ? [[effect.topic, effect.detail]] : []));
const sizes = (requests: readonly ScriptedRequest[]) => requests.map(({ ids }) => ids.length);

test("what is taken is delivered without a word, and nothing is left to do", () => {
  const delivery = deliver(answering());
  delivery.runTo(300);
  expect(delivery.effects.map(({ kind }) => kind)).toEqual(["send"]);
  expect(delivery.ledger("one")).toMatchObject({ delivered: 1, pending: 0 });
  expect(delivery.core.lanes[0]!.lastError).toBeUndefined();
  expect(delivery.core.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  expect(delivery.core.heldRecords).toBe(0);
});

describe("busy", () => {
  test("is said when it begins and not again while it lasts, and makes the lane unhealthy until it is over", () => {
    const backEnd: BackEnd = ({ atMs }) => ({
      afterMs: 5,
      outcome: atMs < 300_000 ? { kind: "busy", reason: `503 at ${atMs}` } : DELIVERED,
    });
    const delivery = new ScriptedDelivery({ lanes: { one: { backEnd, delivery: { deliveryTimeoutMs: 1e9 } } } });
    const lane = delivery.core.lanes[0]!;
    delivery.offer("0");
    expect([lane.isHealthy, lane.state]).toEqual([true, "running"]);
    delivery.runTo(299_000);
    expect(said(delivery)).toEqual([["backing-off", "503 at 250"]]);
    expect([lane.isHealthy, lane.state, lane.lastError]).toEqual([
      false,
      "backing-off",
      `503 at ${delivery.requests.at(-1)!.atMs}`,
    ]);
    delivery.runTo(310_000);
    expect([lane.isHealthy, lane.state]).toEqual([true, "running"]);
    expect(said(delivery)).toHaveLength(1);
  });

  test("is what no answer in time is, and its attempt is aborted", () => {
    const lanes = { hung: { backEnd: () => undefined, delivery: { attemptTimeoutMs: 1_000 } } };
    const delivery = new ScriptedDelivery({ lanes });
    delivery.offer("0");
    delivery.runTo(1_249);
    expect(delivery.effects.map(({ kind }) => kind)).toEqual(["send"]);
    delivery.runTo(1_250);
    expect(delivery.effects.map(({ kind }) => kind)).toEqual(["send", "abort", "warn"]);
    expect(delivery.core.lanes[0]!.lastError).toBe("no answer in time");
  });

  test("for too long is a loss that is said, with its reason", () => {
    const busy: ExportOutcome = { kind: "busy", reason: "503" };
    const delivery = deliver(() => ({ afterMs: 5, outcome: busy }));
    delivery.runTo(119_999);
    expect(delivery.ledger("one")).toMatchObject({ droppedTotal: 0, pending: 1 });
    delivery.runTo(120_000);
    expect(delivery.ledger("one").dropped.delivery_timeout).toBe(1);
    expect(said(delivery)).toEqual([
      ["backing-off", "503"],
      ["dropped", "delivery_timeout"],
    ]);
  });
});

describe("partial", () => {
  const partial = (...ids: string[]): ExportOutcome => ({
    kind: "partial",
    rejected: ids.map((id) => ({ id, reason: `no ${id}` })),
  });

  test("loses what it names, says why, and delivers the rest", () => {
    const delivery = deliver(answering(partial("1", "2")), [500, 500, 500, 500]);
    delivery.runTo(10_000);
    expect(delivery.ledger("one")).toMatchObject({ delivered: 2, droppedTotal: 2, pending: 0 });
    expect(said(delivery)).toEqual([["dropped", "rejected: no 1"]]);
    expect(delivery.core.lanes[0]!.lastError).toBe("no 1");
    expect(sizes(delivery.requests)).toEqual([4]);
  });

  test("that names what was not sent says so, and its reason is nobody's", () => {
    const delivery = deliver(answering(partial("x", "y", "0")), [500, 500]);
    delivery.runTo(10_000);
    expect(delivery.ledger("one")).toMatchObject({ delivered: 1, droppedTotal: 1 });
    expect(said(delivery)).toEqual([
      ["unknown-rejection", "2 rejected spans were not in the batch"],
      ["dropped", "rejected: no 0"],
    ]);
    expect(delivery.core.lanes[0]!.lastError).toBe("no 0");
  });

  test("that names nothing it got is as good as delivered", () => {
    for (const [outcome, words] of [
      [partial(), 0],
      [partial("x"), 1],
    ] as const) {
      const delivery = deliver(answering(outcome));
      delivery.runTo(10_000);
      expect(delivery.ledger("one")).toMatchObject({ delivered: 1, droppedTotal: 0 });
      expect(delivery.core.lanes[0]!.lastError).toBeUndefined();
      expect(said(delivery)).toHaveLength(words);
    }
  });
});

describe("misconfigured", () => {
  test.each<[string, ExportOutcome]>([
    ["delivered", DELIVERED],
    ["partial", { kind: "partial", rejected: [] }],
  ])("is said once, and once more when something is %s", (_, outcome) => {
    const refused: ExportOutcome = { kind: "misconfigured", reason: "401" };
    const delivery = deliver(answering(refused, refused, refused, outcome));
    const lane = delivery.core.lanes[0]!;
    delivery.runTo(1_000);
    expect([lane.state, lane.isHealthy, lane.lastError]).toEqual(["paused", false, "401"]);
    delivery.runTo(100_000);
    expect([lane.state, lane.isHealthy]).toEqual(["running", true]);
    expect(said(delivery).map(([topic]) => topic)).toEqual(["paused", "recovered"]);
    expect(said(delivery)[0]).toEqual(["paused", "401"]);
  });

  test("gives nothing up, and everything its whole time once it is over", () => {
    const backEnd: BackEnd = ({ atMs }) => ({
      afterMs: 5,
      outcome:
        atMs < 600_000
          ? { kind: "misconfigured", reason: "401" }
          : { kind: "busy", reason: "starts, give it a minute" },
    });
    const delivery = deliver(backEnd);
    delivery.runTo(610_000);
    expect(delivery.ledger("one")).toMatchObject({ droppedTotal: 0, pending: 1 });
    const wellAgainMs = delivery.requests.find(({ atMs }) => atMs >= 600_000)!.atMs + 5;
    delivery.runTo(wellAgainMs + 119_999);
    expect(delivery.ledger("one")).toMatchObject({ droppedTotal: 0 });
    delivery.runTo(wellAgainMs + 120_000);
    expect(delivery.ledger("one").dropped.delivery_timeout).toBe(1);
  });
});

describe("poison", () => {
  test("is looked for by halves of the number, and lost alone", () => {
    const backEnd: BackEnd = ({ ids }) => ({
      afterMs: 5,
      outcome: ids.includes("0") ? { kind: "poison", reason: "422" } : DELIVERED,
    });
    const delivery = deliver(backEnd, [100_000, 500, 500, 500]);
    delivery.runTo(60_000);
    expect(sizes(delivery.requests)).toEqual([4, 2, 2, 1, 1]);
    expect(delivery.ledger("one")).toMatchObject({ delivered: 3, droppedTotal: 1, pending: 0 });
    expect(delivery.ledger("one").dropped.rejected).toBe(1);
    expect(said(delivery)).toEqual([["dropped", "rejected: 422"]]);
    expect(delivery.core.lanes[0]!.requests.splits).toBe(2);
  });

  test("leaves what was found good by itself in no doubt, and free for its next record", () => {
    const backEnd: BackEnd = ({ ids, attempt }) => ({
      afterMs: 5,
      outcome:
        ids.length === 4
          ? { kind: "poison", reason: "422" }
          : ids.includes("0") && attempt === 1
            ? { kind: "busy", reason: "503", maybeDelivered: true }
            : ids.length === 1
              ? DELIVERED
              : { kind: "poison", reason: "422" },
    });
    const delivery = new ScriptedDelivery({ lanes: { one: { backEnd } } });
    for (const id of ["0", "1", "2", "3"]) delivery.offer(id, "started");
    delivery.runTo(60_000);
    for (const id of ["0", "1", "2", "3"]) {
      delivery.offer(id, "ended");
      delivery.runTo(delivery.nowMs + 1_000);
    }
    expect(delivery.ledger("one")).toMatchObject({ delivered: 8, droppedTotal: 0, maybeDelivered: 0, pending: 0 });
  });
});

describe("too large", () => {
  test("is halved by bytes", () => {
    const backEnd: BackEnd = ({ ids }) => ({
      afterMs: 5,
      outcome: ids.length === 4 ? { kind: "tooLarge" } : DELIVERED,
    });
    const delivery = deliver(backEnd, [1_000, 200, 200, 200]);
    delivery.runTo(10_000);
    expect(delivery.requests.map(({ ids }) => ids.join())).toEqual(["0,1,2,3", "0", "1,2,3"]);
    expect(delivery.ledger("one")).toMatchObject({ delivered: 4, shedPayloads: 0 });
  });

  test("when alone goes without its payload, without a wait, once", () => {
    const delivery = deliver(answering({ kind: "tooLarge", reason: "413" }), [50_000]);
    delivery.runTo(10_000);
    expect(delivery.requests.map(({ atMs }) => atMs)).toEqual([250, 255]);
    expect(delivery.ledger("one")).toMatchObject({ delivered: 1, shedPayloads: 1, pending: 0 });
    expect(delivery.memory.held.size).toBe(0);
    expect(said(delivery)).toEqual([]);
  });

  test.each([
    ["with a payload", 50_000, 2],
    ["with nothing to shed", 500, 1],
  ])("when alone, %s, and too large for good is lost, and said", (_, bytes, requests) => {
    const tooLarge: ExportOutcome = { kind: "tooLarge", reason: "413" };
    const delivery = deliver(() => ({ afterMs: 5, outcome: tooLarge }), [bytes]);
    delivery.runTo(10_000);
    expect(delivery.requests).toHaveLength(requests);
    expect(delivery.ledger("one")).toMatchObject({ delivered: 0, droppedTotal: 1, pending: 0, imbalance: 0 });
    expect(delivery.ledger("one").dropped.oversize).toBe(1);
    expect(said(delivery)).toEqual([["dropped", "oversize: 413"]]);
    expect(delivery.core.lanes[0]!.lastError).toBe("413");
  });

  test("without a reason leaves the last one standing", () => {
    const delivery = deliver(answering({ kind: "busy", reason: "503" }, { kind: "tooLarge" }), [500]);
    delivery.runTo(10_000);
    expect(delivery.core.lanes[0]!.lastError).toBe("503");
    expect(said(delivery).at(-1)).toEqual(["dropped", "oversize"]);
  });

  test("a copy beside an original that another lane holds keeps the bound of records", () => {
    const lanes = {
      hung: { backEnd: () => undefined },
      strict: { backEnd: answering({ kind: "tooLarge" as const }), batch: { lingerMs: 0 } },
    };
    const delivery = new ScriptedDelivery({ lanes, queue: { maxRecords: 1 } });
    delivery.offer("0", "ended", 50_000);
    delivery.runTo(100);
    expect(delivery.core.heldRecords).toBeLessThanOrEqual(1);
    expect(delivery.ledger("hung").imbalance + delivery.ledger("strict").imbalance).toBe(0);
  });
});
