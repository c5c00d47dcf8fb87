import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketOf, RollupSum } from "./rollup-figures.ts";

const row = (durations: string) =>
  ({ spans: 1, failed: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0, durations }) as const;

const sumOf = (...durations: readonly string[]) => {
  const sum = new RollupSum();
  for (const text of durations) sum.add(row(text));
  return sum;
};

const countsOf = (counts: ReadonlyMap<number, number>) => JSON.stringify(Object.fromEntries(counts));

const counts = fc
  .array(fc.tuple(fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }), fc.integer({ min: 1, max: 1e9 })))
  .map((entries) => new Map(entries.map(([micros, count]) => [bucketOf(micros), count])));

test("what is counted in several rows is what is counted in one", () => {
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1 }), (parts) => {
      const all = new Map<number, number>();
      for (const part of parts) for (const [bucket, count] of part) all.set(bucket, (all.get(bucket) ?? 0) + count);
      const several = sumOf(...parts.map(countsOf));
      const { spanCount: _count, ...figures } = several.row("", null);
      const { spanCount: _one, ...expected } = sumOf(countsOf(all)).row("", null);
      expect(figures).toEqual(expected);
      expect(JSON.parse(several.figures()[5])).toEqual(Object.fromEntries(all));
    }),
  );
});

test("percentiles are the middles of the buckets in which they lie", () => {
  const [short, long] = [bucketOf(1_000), bucketOf(1_000_000)];
  const { durationMs } = sumOf(`{"${short}":94,"${long}":6}`).row("", null);
  expect(durationMs!.p50).toBe(durationMs!.p90);
  expect(durationMs!.p95).toBe(durationMs!.p99);
  expect(Math.abs(durationMs!.p50 - 1)).toBeLessThan(0.1);
  expect(Math.abs(durationMs!.p95 - 1000)).toBeLessThan(100);
  expect(sumOf("{}").row("", null).durationMs).toBeNull();
  expect(sumOf("{}", "{}").figures()[5]).toBe("{}");
});

test("a bucket that no duration has, in a file that somebody changed, costs nothing", () => {
  const { durationMs } = sumOf('{"99999999999":1}').row("", null);
  expect(durationMs).not.toBeNull();
});
