/**
 * Tokens of one model call. `inputTokens` and `outputTokens` are whole; the others are parts of them and are never
 * added again. What is not known is absent: 0 means that somebody counted none.
 */
export interface TokenCounts extends TokenParts {
  /** All input: cached, written to a cache, audio and images included. */
  readonly inputTokens?: number;
  /** All output: reasoning, audio and predictions included. */
  readonly outputTokens?: number;
}

export interface TokenParts {
  /** Of the input: read from a cache. */
  readonly cacheReadTokens?: number;
  /** Of the input: written to a cache, whatever its time to live. */
  readonly cacheWriteTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite30mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly cacheWrite12hTokens?: number;
  readonly inputAudioTokens?: number;
  readonly inputImageTokens?: number;
  /** Of the output: thought, not said. */
  readonly reasoningTokens?: number;
  readonly outputAudioTokens?: number;
  readonly outputImageTokens?: number;
  readonly acceptedPredictionTokens?: number;
  readonly rejectedPredictionTokens?: number;
}

/** Two places of one span state a count differently. What stands is the provider's own body's. */
export interface UsageConflict {
  readonly field: keyof TokenCounts | "costUsd";
  readonly kept: number;
  readonly other: number;
}

/** What is known of a span's usage beside its two totals and its cost. */
export interface SpanUsage extends TokenParts {
  /** The provider's name of the tier that was billed: `default`, `batch`, `flex`, `priority`, … */
  readonly serviceTier?: string;
  /** Who says what it cost: `sender`; `override`, the user's own prices; or the table of prices with its version. */
  readonly costSource?: string;
  /** The cost is a rule of thumb (half for batch and flex tiers), not the provider's list price. */
  readonly costIsEstimate?: boolean;
  readonly conflicts?: readonly UsageConflict[];
}
