/** Figures of spans together: as a row of `rollups` holds them, and as an answer gives them. */
import { type AggregateRow, formatTimestamp } from "@everspan/protocol";

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
  readonly #durations = new Map<number, number>();

  add(row: RollupRow): void {
    this.#spans += row.spans;
    this.#failed += row.failed;
    this.#inputTokens = bounded(this.#inputTokens + row.input_tokens);
    this.#outputTokens = bounded(this.#outputTokens + row.output_tokens);
    this.#costUsd = bounded(this.#costUsd + row.cost_usd);
    const counts = JSON.parse(row.durations) as Record<string, number>;
    for (const bucket in counts) {
      this.#durations.set(Number(bucket), (this.#durations.get(Number(bucket)) ?? 0) + counts[bucket]!);
    }
  }

  /** In the order of `ROLLUP_FIGURES`. */
  figures(): [number, number, number, number, number, string] {
    const durations = JSON.stringify(Object.fromEntries(this.#durations));
    return [this.#spans, this.#failed, this.#inputTokens, this.#outputTokens, this.#costUsd, durations];
  }

  /** @param hour since the epoch, at which its bucket begins */
  row(hour: number, group: string | null): AggregateRow {
    return {
      time: formatTimestamp(hour * HOUR_US),
      group,
      spanCount: this.#spans,
      failedSpanCount: this.#failed,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      // The table has no count of known costs: a sum of 0 is none.
      costUsd: Math.round(this.#costUsd * 1e12) / 1e12 || null,
      durationMs: percentiles(this.#durations),
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

function percentiles(durations: ReadonlyMap<number, number>): AggregateRow["durationMs"] {
  const sorted = [...durations].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number): number => {
    let passed = 0;
    for (const [bucket, count] of sorted) {
      passed += count;
      if (passed >= share * total) return middleOf(bucket);
    }
    return middleOf(sorted.at(-1)![0]);
  };
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

export function bounded(sum: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum));
}
