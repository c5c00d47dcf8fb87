/** Sums of what senders state: cut off where a double holds no more integers, and the same in any order. */
const MAX_SUM = Number.MAX_SAFE_INTEGER;

export function add(sum: number, value: number): number {
  return Math.min(MAX_SUM, Math.max(-MAX_SUM, sum + value));
}

export function clamp(sum: number): number {
  return Math.min(MAX_SUM, Math.max(0, sum));
}

/** Sums of doubles depend on their order in the last digits; a trillionth of a dollar does not. */
export function withoutNoise(usd: number): number {
  return Math.round(usd * 1e12) / 1e12;
}
