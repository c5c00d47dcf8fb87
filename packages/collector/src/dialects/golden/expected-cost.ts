/** What a call must cost: by the providers' own price lists of the recorded models, not by the collector's table. */
import type { TokenCounts } from "@everspan/reading";

/** US dollars for a million tokens: of input, of input from a cache, of output. */
const PRICES: Readonly<Record<string, readonly [input: number, cached: number, output: number]>> = {
  "gpt-3.5-turbo": [0.5, 0.5, 1.5],
  "gpt-4": [30, 30, 60],
  "gpt-4o": [2.5, 1.25, 10],
  "gpt-4o-mini": [0.15, 0.075, 0.6],
  "claude-3-opus": [15, 1.5, 75],
  "claude-opus-4-1": [15, 1.5, 75],
  "text-embedding-3-small": [0.02, 0.02, 0],
};

/** Undefined for a model without a price, and for a call of which nobody counted anything. */
export function expectedCost(model: string | undefined, usage: Partial<TokenCounts>): number | undefined {
  const name = (model ?? "").replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$/, "");
  const prices = Object.hasOwn(PRICES, name) ? PRICES[name] : undefined;
  const { inputTokens, outputTokens, cacheReadTokens = 0 } = usage;
  if (prices === undefined || (inputTokens === undefined && outputTokens === undefined)) return undefined;
  const [input, cached, output] = prices;
  return (
    ((inputTokens ?? 0) - cacheReadTokens) * input * 1e-6 +
    cacheReadTokens * cached * 1e-6 +
    (outputTokens ?? 0) * output * 1e-6
  );
}

/** Equal but for the last digits of a double. */
export function isSameCost(left: number | undefined, right: number | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return Math.abs(left - right) < 1e-9;
}
