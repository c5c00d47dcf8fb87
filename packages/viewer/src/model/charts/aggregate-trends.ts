/** The collector's sums by time and group, as series over buckets without holes, and as one line for each group. */
import type { AggregateRow, AggregatesResponse } from "@everspan/protocol";
import { instantMs } from "../text/instant.ts";

export interface Trends {
  readonly bucketMs: number;
  /** Start of each bucket, in milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly spans: readonly number[];
  readonly failed: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p95Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  readonly tokens: readonly number[];
  readonly costUsd: readonly number[];
}

/** One value of the group, over the whole time. */
export interface GroupSums {
  readonly value: string;
  readonly spanCount: number;
  readonly failedSpanCount: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Of the bucket in which it was greatest: quantiles of buckets can't be added up. */
  readonly worstP95Ms: number | null;
}

/** Of several groups the rows of a bucket are added; quantiles, which can't be, stand only where there is one row. */
export function trendsOf({ rows, bucketMs }: AggregatesResponse, fromMs: number, toMs: number): Trends {
  const first = Math.floor(fromMs / bucketMs);
  const count = Math.max(1, Math.ceil(toMs / bucketMs) - first);
  const members: AggregateRow[][] = Array.from({ length: count }, () => []);
  for (const row of rows) members[Math.floor(instantMs(row.time) / bucketMs) - first]?.push(row);
  const sums = (read: (row: AggregateRow) => number) =>
    members.map((group) => group.reduce((sum, row) => sum + read(row), 0));
  const quantiles = (name: "p50" | "p95" | "p99") =>
    members.map((group) => (group.length === 1 ? (group[0]!.durationMs?.[name] ?? null) : null));
  return {
    bucketMs,
    times: members.map((_, index) => (first + index) * bucketMs),
    spans: sums(({ spanCount }) => spanCount),
    failed: sums(({ failedSpanCount }) => failedSpanCount),
    p50Ms: quantiles("p50"),
    p95Ms: quantiles("p95"),
    p99Ms: quantiles("p99"),
    tokens: sums(tokensOf),
    costUsd: sums(({ costUsd }) => costUsd ?? 0),
  };
}

/** Those with the most spans first; spans without a value are left out. */
export function groupSums({ rows }: AggregatesResponse): readonly GroupSums[] {
  const groups = new Map<string, AggregateRow[]>();
  for (const row of rows) {
    if (row.group === null || row.group === "") continue;
    const known = groups.get(row.group);
    if (known === undefined) groups.set(row.group, [row]);
    else known.push(row);
  }
  return [...groups]
    .map(([value, members]) => sumsOf(value, members))
    .sort((a, b) => b.spanCount - a.spanCount || (a.value < b.value ? -1 : 1));
}

export interface GroupSeries {
  readonly value: string;
  readonly values: readonly number[];
}

/**
 * One measure of the greatest groups over time, the others as one; each includes the ones after it, so that drawn one
 * over the other, in this order, they stand on each other.
 */
export function stackedSeries<Row extends Pick<AggregateRow, "time" | "group">>(
  { rows, bucketMs }: { readonly rows: readonly Row[]; readonly bucketMs: number },
  times: readonly number[],
  read: (row: Row) => number,
  most = 4,
): readonly GroupSeries[] {
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(row.group ?? "", (totals.get(row.group ?? "") ?? 0) + read(row));
  const shown = [...totals].filter(([value, total]) => value !== "" && total > 0).sort(([, a], [, b]) => b - a);
  const named = shown.slice(0, most).map(([value]) => value);
  const places = new Map(named.map((value, index) => [value, index]));
  const names = totals.size > named.length ? [...named, OTHERS] : named;
  const sums = names.map(() => times.map(() => 0));
  const first = times[0] ?? 0;
  for (const row of rows) {
    const at = Math.round((instantMs(row.time) - first) / bucketMs);
    const series = sums[places.get(row.group ?? "") ?? named.length];
    if (series?.[at] !== undefined) series[at] += read(row);
  }
  for (let index = sums.length - 2; index >= 0; index--) {
    sums[index] = sums[index]!.map((value, at) => value + sums[index + 1]![at]!);
  }
  return names
    .map((value, index) => ({ value, values: sums[index]! }))
    .filter(({ values }) => values.some((v) => v > 0));
}

export const OTHERS = "all others";

export function tokensOf({ inputTokens, outputTokens }: AggregateRow): number {
  return inputTokens + outputTokens;
}

function sumsOf(value: string, rows: readonly AggregateRow[]): GroupSums {
  const sum = (read: (row: AggregateRow) => number) => rows.reduce((total, row) => total + read(row), 0);
  const p95s = rows.flatMap(({ durationMs }) => durationMs?.p95 ?? []);
  return {
    value,
    spanCount: sum(({ spanCount }) => spanCount),
    failedSpanCount: sum(({ failedSpanCount }) => failedSpanCount),
    tokens: sum(tokensOf),
    costUsd: sum(({ costUsd }) => costUsd ?? 0),
    worstP95Ms: p95s.length === 0 ? null : Math.max(...p95s),
  };
}
