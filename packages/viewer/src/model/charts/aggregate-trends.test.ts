import type { AggregateRow } from "@everspan/protocol";
import { expect, test } from "vitest";
import { groupSums, OTHERS, stackedSeries, tokensOf, trendsOf } from "./aggregate-trends.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 31, 12);

const row = (hour: number, group: string | null, change: Partial<AggregateRow> = {}): AggregateRow => ({
  time: new Date(START + hour * HOUR).toISOString(),
  group,
  spanCount: 1,
  failedSpanCount: 0,
  inputTokens: 10,
  outputTokens: 1,
  costUsd: 0,
  durationMs: { p50: 1, p90: 2, p95: 3, p99: 4 },
  ...change,
});

test("hours in which nothing happened stand between the others", () => {
  const rows = [row(0, null, { spanCount: 5, failedSpanCount: 2 }), row(2, null)];
  const trends = trendsOf({ bucketMs: HOUR, rows }, START, START + 3 * HOUR);
  expect(trends.spans).toEqual([5, 0, 1]);
  expect(trends.failed).toEqual([2, 0, 0]);
  expect(trends.p95Ms).toEqual([3, null, 3]);
  expect(trends.times[1]).toBe(START + HOUR);
});

test("quantiles of several groups are not added", () => {
  const rows = [row(0, "a"), row(0, "b")];
  const trends = trendsOf({ bucketMs: HOUR, rows }, START, START + HOUR);
  expect(trends.tokens).toEqual([22]);
  expect(trends.p50Ms).toEqual([null]);
});

test("a group's sums over all time, the busiest first, spans without a value left out", () => {
  const slow = { p50: 1, p90: 2, p95: 90, p99: 99 };
  const rows = [row(0, "a"), row(1, "b"), row(2, "b", { durationMs: slow }), row(2, null)];
  expect(groupSums({ bucketMs: HOUR, rows }).map(({ value, worstP95Ms }) => [value, worstP95Ms])).toEqual([
    ["b", 90],
    ["a", 3],
  ]);
});

test("the greatest groups stand on each other, the rest is one", () => {
  const rows = [row(0, "a", { inputTokens: 99 }), row(0, "b", { inputTokens: 49 }), row(0, "c"), row(1, "d")];
  expect(stackedSeries({ bucketMs: HOUR, rows }, [START, START + HOUR], tokensOf, 2)).toEqual([
    { value: "a", values: [161, 11] },
    { value: "b", values: [61, 11] },
    { value: OTHERS, values: [11, 11] },
  ]);
});
