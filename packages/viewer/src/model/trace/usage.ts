/** Tokens and cost, of one span or summed over several. */
import type { StoredSpan } from "@everspan/protocol";

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

/** The one value that means "nothing known", so that a comparison by identity finds it. */
export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

export function usageOf(span: StoredSpan): Usage {
  const inputTokens = span.inputTokens ?? 0;
  const outputTokens = span.outputTokens ?? 0;
  const costUsd = span.costUsd ?? 0;
  return inputTokens || outputTokens || costUsd ? { inputTokens, outputTokens, costUsd } : NO_USAGE;
}

export function addUsage(a: Usage, b: Usage): Usage {
  if (a === NO_USAGE) return b;
  if (b === NO_USAGE) return a;
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costUsd: a.costUsd + b.costUsd,
  };
}

export function isSameUsage(a: Usage, b: Usage): boolean {
  return a.inputTokens === b.inputTokens && a.outputTokens === b.outputTokens && a.costUsd === b.costUsd;
}
