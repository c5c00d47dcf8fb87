import { expect, test } from "vitest";
import type { RunSummary } from "../../api/run-summary.ts";
import { runBuckets } from "./run-buckets.ts";

const run = (minute: number, change: Partial<RunSummary> = {}) =>
  ({
    startTime: `2026-01-31T12:${String(minute).padStart(2, "0")}:00.000000Z`,
    status: "OK",
    durationMs: 100,
    inputTokens: 1,
    outputTokens: 1,
    costUsd: 0,
    ...change,
  }) as RunSummary;

test("runs fall into buckets of a round width, empty ones between them kept", () => {
  const buckets = runBuckets([run(0), run(0, { status: "ERROR", durationMs: 300 }), run(30)], 10);
  expect(buckets.bucketMs).toBe(300_000);
  expect(buckets.runs).toEqual([2, 0, 0, 0, 0, 0, 1]);
  expect(buckets.errors[0]).toBe(1);
  expect([buckets.p50Ms[0], buckets.p95Ms[0], buckets.p50Ms[1]]).toEqual([100, 300, null]);
  expect(buckets.tokens[0]).toBe(4);
});

test("no runs are no buckets", () => {
  expect(runBuckets([]).times).toEqual([]);
});
