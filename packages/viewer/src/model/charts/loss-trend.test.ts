import type { ProducerSummary } from "@everspan/protocol";
import { expect, test } from "vitest";
import { lossTrend } from "./loss-trend.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 31, 14);

function producer(service: string | null, hoursAgo: number, dropped: Record<string, number>): ProducerSummary {
  return {
    id: `${service} ${hoursAgo}`,
    state: "ended",
    service,
    host: null,
    pid: null,
    startedAt: null,
    lastSeen: new Date(NOW - hoursAgo * HOUR).toISOString(),
    heartbeatMs: null,
    openSpans: 0,
    ledger: { dropped } as unknown as ProducerSummary["ledger"],
    missingRecords: 0,
  };
}

test("dropped records stand where their process was last heard, by service", () => {
  const producers = [
    producer("crawler", 1, { queue_full: 30, too_large: 2 }),
    producer("crawler", 50, { queue_full: 8 }),
    producer("importer", 1, { queue_full: 5 }),
    producer(null, 3, { queue_full: 1 }),
    producer("healthy", 2, {}),
    producer("long ago", 400, { queue_full: 99 }),
  ];
  const { times, bucketMs, series, dropped } = lossTrend(producers, NOW - 56 * HOUR, NOW);
  expect([times.length, bucketMs, dropped]).toEqual([56, HOUR, 46]);
  expect(series.map(({ value }) => value)).toEqual(["crawler", "importer", "a process without a name"]);
  // Each with those after it.
  expect(series.map(({ values }) => [values[55], values[53], values[6]])).toEqual([
    [37, 1, 8],
    [5, 1, 0],
    [0, 1, 0],
  ]);
});

test("nothing that was lost draws nothing", () => {
  expect(lossTrend([producer("healthy", 2, {})], NOW - 56 * HOUR, NOW).series).toEqual([]);
});
