import type { DerivedColumns, TokenCounts, Usage } from "@everspan/reading";
import { overrideFor, type PriceOverride } from "./price-overrides.ts";
import { PRICE_TABLE_VERSION, tablePrice } from "./price-table.ts";

export interface Cost {
  /** US dollars. */
  readonly costUsd: number;
  /** Who says so: the sender, the user's own prices, or the table with its version. */
  readonly source: string;
  /** The price is a rule of thumb (half for batch and flex tiers), not the provider's list price. */
  readonly isEstimate: boolean;
}

export const SENDER = "sender";
export const OVERRIDE = "override";

/** Tiers that providers sell at half price, as far as a table without tiers can know. */
const HALF_PRICE_TIERS: ReadonlySet<string> = new Set(["batch", "flex"]);

/** Remembered prices of models that the table doesn't know, so that each is looked for once. */
const MAX_UNKNOWN_MODELS = 10_000;

/** What a call cost: as its sender says, else by the user's own prices, else by the table, else unknown. */
export class Pricing {
  readonly #overrides: readonly PriceOverride[];
  readonly #unknown = new Set<string>();

  constructor(overrides: readonly PriceOverride[] = []) {
    this.#overrides = overrides;
  }

  /** @param at when the call was made: prices change */
  costOf({ usage, model, provider }: Pick<DerivedColumns, "usage" | "model" | "provider">, at: Date): Cost | undefined {
    if (usage?.costUsd !== undefined) return { costUsd: usage.costUsd, source: SENDER, isEstimate: false };
    if (usage === undefined || model === undefined || !hasTokens(usage)) return undefined;
    const override = overrideFor(this.#overrides, model, provider);
    if (override !== undefined) return tiered(overrideCost(override, usage), usage, OVERRIDE);
    const key = `${provider ?? ""}\n${model}`;
    if (this.#unknown.has(key)) return undefined;
    const price = tablePrice(usage, model, provider, at);
    if (price !== undefined) return tiered(price, usage, PRICE_TABLE_VERSION);
    if (this.#unknown.size >= MAX_UNKNOWN_MODELS) this.#unknown.clear();
    if (tablePrice({ inputTokens: 1, outputTokens: 1 }, model, provider, at) === undefined) this.#unknown.add(key);
    return undefined;
  }
}

function hasTokens(usage: Usage): boolean {
  return (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) > 0;
}

function tiered(costUsd: number, usage: Usage, source: string): Cost {
  const isHalf = HALF_PRICE_TIERS.has(usage.serviceTier ?? "");
  return { costUsd: isHalf ? costUsd / 2 : costUsd, source, isEstimate: isHalf };
}

function overrideCost(price: PriceOverride, counts: TokenCounts): number {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0 } = counts;
  const plain = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const dollars =
    plain * price.input +
    cacheReadTokens * (price.cacheRead ?? price.input) +
    cacheWriteTokens * (price.cacheWrite ?? price.input) +
    outputTokens * price.output;
  return dollars / 1_000_000;
}
