/** Figures of spans together: as a row of `rollups` holds them, and as an answer gives them. */
import type { AggregateRow } from "@everspan/protocol";

export const HOUR_US = 3_600_000_000;
const GROWTH = Math.log(1.2);

/** Columns of what is counted. */
export const ROLLUP_FIGURES = ["spans", "failed", "input_tokens", "output_tokens", "cost_usd", "durations"] as const;

export interface RollupRow {
  readonly spans: number;
  readonly failed: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  /** JSON: count by bucket. */
  readonly durations: string;
}

export class RollupSum {
  #spans = 0;
  #failed = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #costUsd = 0;
  /** Count by bucket. Whole numbers as keys come in their order, so that nothing is to be sorted. */
  #durations: Record<string, number> | undefined;

  add(row: RollupRow): void {
    this.#spans += row.spans;
    this.#failed += row.failed;
    this.#inputTokens = bounded(this.#inputTokens + row.input_tokens);
    this.#outputTokens = bounded(this.#outputTokens + row.output_tokens);
    this.#costUsd = bounded(this.#costUsd + row.cost_usd);
    const counts = JSON.parse(row.durations) as Record<string, number>;
    const sums = this.#durations;
    if (sums === undefined) this.#durations = counts;
    else for (const bucket in counts) sums[bucket] = (sums[bucket] ?? 0) + counts[bucket]!;
  }

  /** In the order of `ROLLUP_FIGURES`. */
  figures(): [number, number, number, number, number, string] {
    const durations = JSON.stringify(this.#durations ?? {});
    return [this.#spans, this.#failed, this.#inputTokens, this.#outputTokens, this.#costUsd, durations];
  }

  /** @param time at which its bucket begins */
  row(time: string, group: string | null): AggregateRow {
    return {
      time,
      group,
      spanCount: this.#spans,
      failedSpanCount: this.#failed,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      // The table has no count of known costs: a sum of 0 is none.
      costUsd: Math.round(this.#costUsd * 1e12) / 1e12 || null,
      durationMs: percentiles(this.#durations ?? {}),
    };
  }
}

/** Durations are counted in buckets that grow by a fifth. */
export function bucketOf(micros: number): number {
  return micros < 1 ? 0 : 1 + Math.floor(Math.log(micros) / GROWTH);
}

/** The middle of a bucket, in milliseconds. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(Math.exp((bucket - 0.5) * GROWTH)) / 1000;
}

const SHARES = [0.5, 0.9, 0.95, 0.99] as const;

function percentiles(durations: Readonly<Record<string, number>>): AggregateRow["durationMs"] {
  let total = 0;
  for (const bucket in durations) total += durations[bucket]!;
  if (total === 0) return null;
  const found: number[] = [];
  let passed = 0;
  let middle = 0;
  for (const bucket in durations) {
    passed += durations[bucket]!;
    if (passed < SHARES[found.length]! * total) continue;
    middle = middleOf(Number(bucket));
    while (found.length < SHARES.length && passed >= SHARES[found.length]! * total) found.push(middle);
    if (found.length === SHARES.length) break;
  }
  const [p50 = middle, p90 = middle, p95 = middle, p99 = middle] = found;
  return { p50, p90, p95, p99 };
}

export function bounded(sum: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum));
}
