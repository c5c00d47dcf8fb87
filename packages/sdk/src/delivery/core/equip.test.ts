/** The core before its half that sends is there. */
import { SimMemory, SimRecord } from "@everspan/testkit";
import { expect, test } from "vitest";
import { imbalanceOf } from "../../contract/ledger.ts";
import { DeliveryCore } from "./delivery-core.ts";
import { Outcomes } from "./outcomes.ts";
import { SpanSlot } from "./record.ts";

const BATCH = { maxRecords: 200, maxBytes: 4_194_304, lingerMs: 250 };
const DELIVERY = { concurrency: 3, attemptTimeoutMs: 10_000, deliveryTimeoutMs: 120_000 };

function coreWith(lanes: readonly { readonly disabled: boolean }[] = [{ disabled: false }], maxRecords = 50_000) {
  const core = new DeliveryCore<SimRecord>({
    lanes: lanes.map(({ disabled }, index) => ({ name: `${index}`, disabled, batch: BATCH, delivery: DELIVERY })),
    queue: { maxRecords, maxBytes: 67_108_864 },
    memory: new SimMemory(),
    seed: 1,
  });
  let serial = 0;
  const offer = (atMs: number) => {
    serial += 1;
    const span = { serial, span: `${serial}`, phase: "ended", revision: 1, isBad: false } as const;
    const record = new SimRecord({ kind: "offer", atMs, ...span, ownBytes: 100, blob: 0, blobBytes: 0 });
    core.offer(new SpanSlot<SimRecord>(), record, atMs);
  };
  const kindsAt = (nowMs: number) => core.step({ kind: "timer" }, nowMs).map(({ kind }) => kind);
  return { core, offer, kindsAt, lane: core.lanes[0]! };
}

test("asks for it once, when the first batch is due, and sends as soon as it has it", () => {
  const { core, offer, kindsAt, lane } = coreWith();
  offer(0);
  expect(core.wakeAtMs).toBe(250);
  expect(kindsAt(100)).toEqual([]);
  expect(kindsAt(250)).toEqual(["load"]);
  offer(260);
  expect(kindsAt(600)).toEqual([]);
  expect(core.wakeAtMs).toBe(DELIVERY.deliveryTimeoutMs);
  core.equip(Outcomes);
  expect(kindsAt(610)).toEqual(["send"]);
  expect(lane.ledger).toMatchObject({ inFlight: 2, queued: 0 });
});

test("a flush need not wait for company, and is answered at its deadline all the same", () => {
  const { core, offer, kindsAt } = coreWith();
  offer(0);
  expect(core.step({ kind: "flush", flushId: 7, timeoutMs: 500 }, 10)).toEqual([{ kind: "load" }]);
  expect(core.wakeAtMs).toBe(510);
  expect(kindsAt(500)).toEqual([]);
  expect(core.step({ kind: "timer" }, 510)).toEqual([{ kind: "flushed", flushId: 7, timedOut: true, lossless: true }]);
});

test("where it can't be loaded lanes with something to send say so, and it is asked for again a second later", () => {
  const { core, offer, kindsAt, lane } = coreWith([{ disabled: false }, { disabled: true }]);
  offer(0);
  kindsAt(250);
  const effects = core.step({ kind: "unloaded", reason: "no such file" }, 300);
  expect(effects).toMatchObject([{ kind: "warn", laneIndex: 0, topic: "backing-off", detail: "no such file" }]);
  expect(lane).toMatchObject({ state: "backing-off", lastError: "no such file", isHealthy: false });
  expect(core.lanes[1]).toMatchObject({ state: "closed", lastError: undefined });
  expect(core.wakeAtMs).toBe(1_300);
  expect(kindsAt(1_299)).toEqual([]);
  expect(kindsAt(1_300)).toEqual(["load"]);
  core.equip(Outcomes);
  expect(kindsAt(1_310)).toEqual(["send"]);
});

test("bounds, timeouts and a shutdown hold without it", () => {
  const { core, offer, kindsAt, lane } = coreWith([{ disabled: false }], 2);
  for (let i = 0; i < 3; i++) offer(0);
  expect(core.heldRecords).toBe(2);
  expect(lane.ledger.dropped.queue_full).toBe(1);
  kindsAt(250);
  expect(kindsAt(DELIVERY.deliveryTimeoutMs)).toEqual(["warn"]);
  expect(lane.ledger.dropped.delivery_timeout).toBe(2);
  offer(130_000);
  core.step({ kind: "shutdown", timeoutMs: 1_000 }, 130_000);
  expect(core.wakeAtMs).toBe(131_000);
  expect(kindsAt(131_000)).toEqual(["warn", "closed"]);
  expect(lane.ledger.dropped.shutdown_timeout).toBe(1);
  expect(imbalanceOf(lane.ledger)).toBe(0);
});
