import { expect, test } from "vitest";
import { LaneLedger } from "../contract/ledger.ts";
import { laneStats } from "./lane-stats.ts";

function laneOf(lastError?: string) {
  const ledger = new LaneLedger();
  Object.assign(ledger, {
    created: 1,
    recovered: 2,
    delivered: 3,
    coalesced: 4,
    queued: 5,
    spooled: 6,
    inFlight: 7,
    maybeDelivered: 8,
    inheritedDropped: 9,
    inheritedMaybeDelivered: 10,
    shedPayloads: 11,
  });
  Object.assign(ledger.dropped, { queue_full: 12 });
  return { ledger, requests: { begun: 13, begunAgain: 14, splits: 15 }, state: "paused" as const, lastError };
}

test("the account of a lane says each figure by its name", () => {
  const { dropped, ...stats } = laneStats(laneOf("503"));
  expect(stats).toEqual({
    created: 1,
    recovered: 2,
    delivered: 3,
    coalesced: 4,
    pending: { queued: 5, spooled: 6, inFlight: 7 },
    maybeDelivered: 8,
    inherited: { dropped: 9, maybeDelivered: 10 },
    shedPayloads: 11,
    requests: 13,
    retries: 14,
    splits: 15,
    state: "paused",
    lastError: "503",
  });
  expect(dropped).toMatchObject({ queue_full: 12, spool_full: 0 });
  expect("lastError" in laneStats(laneOf())).toBe(false);
});

test("it is a copy: what happens afterwards does not show in it", () => {
  const lane = laneOf();
  const stats = laneStats(lane);
  Object.assign(lane.ledger.dropped, { queue_full: 13 });
  Object.assign(lane.ledger, { queued: 6 });
  expect([stats.dropped.queue_full, stats.pending.queued]).toEqual([12, 5]);
});
