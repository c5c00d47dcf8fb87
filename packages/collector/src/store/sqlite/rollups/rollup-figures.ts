/** Figures of spans together: as a row of `rollups` holds them, and as an answer gives them. */
import type { AggregateRow } from "@everspan/protocol";

export const HOUR_US = 3_600_000_000;
const GROWTH = Math.log(1.2);
/** No duration that a number holds is of a later one. */
const MAX_BUCKET = 255;

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const COMMA = 0x2c;
const BRACE = 0x7d;

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

/** The same in the order of `ROLLUP_FIGURES`. */
export type RollupFigures = readonly [
  spans: number,
  failed: number,
  inputTokens: number,
  outputTokens: number,
  costUsd: number,
  durations: string,
];

export class RollupSum {
  #spans = 0;
  #failed = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #costUsd = 0;
  /** Of the only row that was added; most are. */
  #text: string | undefined;
  /** Of several: count by bucket. */
  #counts: number[] | undefined;

  add(row: RollupRow): void {
    this.addFigures(row.spans, row.failed, row.input_tokens, row.output_tokens, row.cost_usd, row.durations);
  }

  addFigures(...[spans, failed, inputTokens, outputTokens, costUsd, durations]: RollupFigures): void {
    this.#spans += spans;
    this.#failed += failed;
    this.#inputTokens = bounded(this.#inputTokens + inputTokens);
    this.#outputTokens = bounded(this.#outputTokens + outputTokens);
    this.#costUsd = bounded(this.#costUsd + costUsd);
    if (this.#counts === undefined && this.#text === undefined) {
      this.#text = durations;
      return;
    }
    this.#counts ??= addCounts([], this.#text!);
    addCounts(this.#counts, durations);
  }

  /** In the order of `ROLLUP_FIGURES`. */
  figures(): RollupFigures {
    const durations = this.#counts === undefined ? (this.#text ?? "{}") : JSON.stringify({ ...this.#counts });
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
      durationMs: percentiles(this.#counts ?? addCounts([], this.#text ?? "{}")),
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

/**
 * Adds what a column says, JSON of counts by bucket. Digit by digit, since answers have thousands: there is nothing in it
 * but whole numbers. @returns the counts, with holes where a bucket has none
 */
function addCounts(counts: number[], durations: string): number[] {
  let bucket = 0;
  let number = 0;
  for (let at = 0; at < durations.length; at++) {
    const code = durations.charCodeAt(at);
    if (code >= ZERO && code <= NINE) number = number * 10 + code - ZERO;
    else if (code === COLON) {
      bucket = Math.min(number, MAX_BUCKET);
      number = 0;
    } else if (code === COMMA || code === BRACE) {
      if (number > 0) counts[bucket] = (counts[bucket] ?? 0) + number;
      number = 0;
    }
  }
  return counts;
}

const SHARES = [0.5, 0.9, 0.95, 0.99] as const;

function percentiles(counts: readonly number[]): AggregateRow["durationMs"] {
  let total = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) total += counts[bucket] ?? 0;
  if (total === 0) return null;
  const found: number[] = [];
  let passed = 0;
  let middle = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0;
    passed += count;
    if (count === 0 || passed < SHARES[found.length]! * total) continue;
    middle = middleOf(bucket);
    while (found.length < SHARES.length && passed >= SHARES[found.length]! * total) found.push(middle);
    if (found.length === SHARES.length) break;
  }
  const [p50 = middle, p90 = middle, p95 = middle, p99 = middle] = found;
  return { p50, p90, p95, p99 };
}

export function bounded(sum: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum));
}
