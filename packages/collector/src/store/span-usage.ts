/** PLACEHOLDER until protocol's usage reader lands. */
import type { SpanSnapshot } from "@everspan/protocol";

export interface SpanUsage {
  readonly model?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
}

export function usageOf(snapshot: SpanSnapshot): SpanUsage {
  const data = snapshot.data ?? {};
  const usage = (typeof data.usage === "object" && data.usage !== null ? data.usage : {}) as Record<string, unknown>;
  const model = data.model;
  const input = usage.input_tokens ?? usage.prompt_tokens;
  const output = usage.output_tokens ?? usage.completion_tokens;
  const cost = data.cost_usd ?? usage.cost_usd;
  return {
    ...(typeof model === "string" && { model }),
    ...(typeof input === "number" && { inputTokens: input }),
    ...(typeof output === "number" && { outputTokens: output }),
    ...(typeof cost === "number" && { costUsd: cost }),
  };
}
