import type { TokenCounts, UsageConflict } from "@everspan/reading";

/** What is read of a span's usage beside the two totals of tokens and the cost; absent is unknown. */
export interface UsageNotes {
  /** Of the two totals, what is known of their parts. */
  readonly counts?: TokenCounts;
  /** Where the cost is from when the sender did not say it: a table with its version, or the user's own prices. */
  readonly costSource?: string;
  readonly costIsEstimate?: true;
  /** The provider's name of the tier that was billed. */
  readonly tier?: string;
  readonly conflicts?: readonly UsageConflict[];
}
