/** What the store keeps of a span beside what its sender says of it in words: read out of its payloads when it is written. */
import { type SpanSnapshot, type TokenUsage, tokenUsageOf } from "@everspan/protocol";
import type { SpanReading } from "./trace-tally.ts";

export interface DerivedSpan {
  readonly usage: TokenUsage;
  readonly reading: SpanReading;
}

/** Beyond these a figure is not believed: sums must stay exact. */
const MAX_TOKENS = 1e12;
const MAX_COST_USD = 1e9;
const MAX_MODEL_CHARACTERS = 256;

export function deriveSpan(snapshot: SpanSnapshot): DerivedSpan {
  const { model, inputTokens, outputTokens, costUsd } = tokenUsageOf(snapshot);
  return {
    usage: {
      ...(model !== undefined && { model: model.slice(0, MAX_MODEL_CHARACTERS) }),
      ...(inputTokens !== undefined && { inputTokens: Math.min(inputTokens, MAX_TOKENS) }),
      ...(outputTokens !== undefined && { outputTokens: Math.min(outputTokens, MAX_TOKENS) }),
      ...(costUsd !== undefined && { costUsd: Math.min(costUsd, MAX_COST_USD) }),
    },
    reading: snapshot.type === "CODE_EXECUTION" ? { tool: snapshot.name } : {},
  };
}
