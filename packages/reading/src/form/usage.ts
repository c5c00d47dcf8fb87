import type { TokenCounts, UsageConflict } from "@everspan/protocol";

export type { TokenCounts, UsageConflict } from "@everspan/protocol";

/** What one span says of its model call. */
export interface Usage extends TokenCounts {
  /** US dollars, where the sender says so. */
  readonly costUsd?: number;
  /** The provider's name of the tier that was billed: `default`, `batch`, `flex`, `priority`, … */
  readonly serviceTier?: string;
  /** Counts that two places of one span state differently. What stands is the provider's own body's. */
  readonly conflicts?: readonly UsageConflict[];
}
