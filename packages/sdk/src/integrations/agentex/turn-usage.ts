/**
 * What a turn used, as Agentex's back end bills it: token counts under the names it recognises, in `data.usage`, and the
 * cost beside them in `data.cost_usd`. Recorded on the turn only, never in an output: the back end counts the turn, and
 * takes what single calls report out again.
 */
export interface TurnUsage {
  readonly model?: string | null;
  readonly inputTokens?: number | null;
  readonly outputTokens?: number | null;
  /** Of the input tokens, those read from the provider's cache. */
  readonly cachedInputTokens?: number | null;
  /** Of the output tokens, those spent on reasoning. */
  readonly reasoningTokens?: number | null;
  readonly totalTokens?: number | null;
  /** US dollars. Recorded as `data.cost_usd`, not among the counts. */
  readonly costUsd?: number | null;
  readonly durationMs?: number | null;
  readonly numLlmCalls?: number | null;
  readonly numToolCalls?: number | null;
  readonly numReasoningBlocks?: number | null;
}

/** A usage by the names of the wire, for example a provider's own: taken as it is. */
export type WireUsage = Readonly<Record<string, unknown>>;

const WIRE_NAMES: { readonly [Name in keyof Required<Omit<TurnUsage, "costUsd">>]: string } = {
  model: "model",
  inputTokens: "input_tokens",
  outputTokens: "output_tokens",
  cachedInputTokens: "cached_input_tokens",
  reasoningTokens: "reasoning_tokens",
  totalTokens: "total_tokens",
  durationMs: "duration_ms",
  numLlmCalls: "num_llm_calls",
  numToolCalls: "num_tool_calls",
  numReasoningBlocks: "num_reasoning_blocks",
};

/** The names under which the back end finds something to bill. */
const BILLED_NAMES: ReadonlySet<string> = new Set([
  "input_tokens",
  "prompt_tokens",
  "output_tokens",
  "completion_tokens",
  "cached_input_tokens",
  "cached_tokens",
  "reasoning_tokens",
  "total_tokens",
  "cost_usd",
]);

export interface UsageData {
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly cost_usd?: number;
}

/**
 * The keys of a turn span's data.
 * @param costUsd beats a cost that the usage carries
 */
export function usageData(usage: TurnUsage | WireUsage | null | undefined, costUsd?: number | null): UsageData {
  const onWire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(usage ?? {})) {
    if (value === null || value === undefined || name === "costUsd") continue;
    onWire[WIRE_NAMES[name as keyof typeof WIRE_NAMES] ?? name] = value;
  }
  const cost = costUsd ?? (usage as TurnUsage | null | undefined)?.costUsd;
  return {
    ...(Object.keys(onWire).length > 0 && { usage: onWire }),
    ...(typeof cost === "number" && { cost_usd: cost }),
  };
}

/** True when nothing in it has a name that the back end bills. */
export function isUnbilled({ usage, cost_usd }: UsageData): boolean {
  return cost_usd === undefined && usage !== undefined && !Object.keys(usage).some((name) => BILLED_NAMES.has(name));
}
