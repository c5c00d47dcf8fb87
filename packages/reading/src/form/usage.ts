/**
 * Tokens of one model call. `inputTokens` and `outputTokens` are whole; the others are parts of them and are never
 * added again. What is not known is absent: 0 means that somebody counted none.
 */
export interface TokenCounts {
  /** All input: cached, written to a cache, audio and images included. */
  readonly inputTokens?: number;
  /** All output: reasoning, audio and predictions included. */
  readonly outputTokens?: number;
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

export interface Usage extends TokenCounts {
  /** US dollars, where the sender says so. */
  readonly costUsd?: number;
  /** The provider's name of the tier that was billed: `default`, `batch`, `flex`, `priority`, … */
  readonly serviceTier?: string;
  /** Counts that two places of one span state differently. What stands is the provider's own body's. */
  readonly conflicts?: readonly UsageConflict[];
}

export interface UsageConflict {
  readonly field: keyof TokenCounts | "costUsd";
  readonly kept: number;
  readonly other: number;
}
