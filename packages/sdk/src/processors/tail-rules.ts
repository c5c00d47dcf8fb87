import type { SpanSnapshot } from "@everspan/protocol";

/** How long and how much is held, see `TailSamplingOptions`. */
export interface TailBounds {
  readonly decisionWaitMs: number;
  readonly maxTraces: number;
  readonly maxBytes: number;
}

/** The rules, complete. */
export interface TailRules {
  readonly errors: boolean;
  readonly slowerThanMs: number;
  readonly names: readonly (string | RegExp)[];
  readonly data: ReadonlyMap<string, ReadonlySet<unknown>>;
  readonly keep: ((snapshot: SpanSnapshot) => boolean) | undefined;
  readonly share: number;
  readonly keepsUndecided: boolean;
}
