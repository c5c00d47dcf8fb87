/** Runs over time in buckets of equal width: how many, how many failed, what they took. For charts. */
import type { RunSummary } from "../../api/run-summary.ts";
import { instantMs } from "../text/instant.ts";
import { quantile } from "../trace/span-groups.ts";

export interface RunBuckets {
  readonly bucketMs: number;
  /** Start of each bucket, in milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly runs: readonly number[];
  readonly errors: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p95Ms: readonly (number | null)[];
  readonly tokens: readonly number[];
  readonly costUsd: readonly number[];
}

const WIDTHS_MS = [1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600].map((seconds) => seconds * 1000);

/** @param maxBuckets how many there is room for */
export function runBuckets(runs: readonly RunSummary[], maxBuckets = 60): RunBuckets {
  const starts = runs.map(({ startTime }) => instantMs(startTime)).filter(Number.isFinite);
  const from = starts.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  const to = starts.reduce((most, ms) => Math.max(most, ms), Number.NEGATIVE_INFINITY);
  if (starts.length === 0)
    return { bucketMs: 1, times: [], runs: [], errors: [], p50Ms: [], p95Ms: [], tokens: [], costUsd: [] };
  const bucketMs = WIDTHS_MS.find((width) => (to - from) / width < maxBuckets) ?? (to - from) / maxBuckets;
  const first = Math.floor(from / bucketMs);
  const count = Math.floor(to / bucketMs) - first + 1;
  const members: RunSummary[][] = Array.from({ length: count }, () => []);
  for (const run of runs) members[Math.floor(instantMs(run.startTime) / bucketMs) - first]?.push(run);
  const durations = members.map((group) => group.flatMap(({ durationMs }) => durationMs ?? []).sort((a, b) => a - b));
  const sums = (read: (run: RunSummary) => number) =>
    members.map((group) => group.reduce((sum, run) => sum + read(run), 0));
  const quantiles = (share: number) =>
    durations.map((sorted) => (sorted.length === 0 ? null : quantile(sorted, share)));
  return {
    bucketMs,
    times: members.map((_, index) => (first + index) * bucketMs),
    runs: members.map((group) => group.length),
    errors: sums(({ status }) => (status === "ERROR" ? 1 : 0)),
    p50Ms: quantiles(0.5),
    p95Ms: quantiles(0.95),
    tokens: sums(({ inputTokens, outputTokens }) => inputTokens + outputTokens),
    costUsd: sums(({ costUsd }) => costUsd ?? 0),
  };
}
