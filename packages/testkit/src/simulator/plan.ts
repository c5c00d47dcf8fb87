import type { SpanPhase } from "@everspan/protocol";
import type { LaneConfig } from "everspan/internals";

/**
 * Everything that a run depends on, as plain JSON: drawn from a seed, or kept in `regressions.json`. A run draws
 * nothing from a shared source, so that a plan from which something was taken away still does the rest.
 */
export interface Plan {
  readonly seed: number;
  readonly queue: { readonly maxRecords: number; readonly maxBytes: number };
  readonly lanes: readonly LanePlan[];
  readonly operations: readonly Operation[];
  /** From now on every back end is well. */
  readonly healAtMs: number;
  /** How late timers fire, at most. */
  readonly timerLatenessMs: number;
  /** Absent in memory mode. */
  readonly disk?: DiskPlan;
}

export interface LanePlan {
  readonly config: LaneConfig;
  readonly latencyMs: number;
  readonly faults: readonly Fault[];
}

export type Operation =
  | Offer
  | { readonly kind: "flush"; readonly atMs: number; readonly timeoutMs: number }
  | { readonly kind: "shutdown"; readonly atMs: number; readonly timeoutMs: number }
  /** The process stands still: all that happens to it happens at the end of the stall. */
  | { readonly kind: "stall"; readonly atMs: number; readonly forMs: number }
  | { readonly kind: "lost"; readonly atMs: number };

/** One snapshot of a span. Its serial number is its identity. */
export interface Offer {
  readonly kind: "offer";
  readonly atMs: number;
  readonly serial: number;
  readonly span: string;
  readonly phase: SpanPhase;
  readonly revision: number;
  readonly ownBytes: number;
  /** A blob of this number is shared by all snapshots that name it. */
  readonly blob: number;
  readonly blobBytes: number;
  /** Back ends with a `bad-records` fault don't take it. */
  readonly isBad: boolean;
  /** Adopted from an earlier life of the process. */
  readonly isRecovered?: true;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Fault =
  /** With a probability, per request. */
  | { readonly kind: RequestFault; readonly probability: number }
  | { readonly kind: "slow"; readonly probability: number; readonly latencyMs: number }
  | { readonly kind: "busy"; readonly probability: number; readonly retryAfter: RetryAfter }
  /** For a while. */
  | ({ readonly kind: "outage"; readonly retryAfter: RetryAfter } & Window)
  | ({ readonly kind: "misconfigured" } & Window)
  | ({ readonly kind: "hang" } & Window)
  | { readonly kind: "flapping"; readonly periodMs: number }
  /** By what is sent. */
  | { readonly kind: "size-limit"; readonly bytes: number }
  | { readonly kind: "bad-records"; readonly answer: "poison" | "partial" | "busy"; readonly fromMs: number };

export type RequestFault =
  /** Nobody listens. */
  | "refused"
  /** Neither applied nor answered. */
  | "lost-request"
  /** Applied, never answered. */
  | "lost-answer"
  /** Applied much later, never answered. */
  | "zombie"
  /** The connection breaks before or after it was applied. */
  | "reset"
  /** Some records of the batch are there, some may be, the rest is not; and it says which. */
  | "half"
  /** Applied, answered, and applied once more ten minutes later. */
  | "replay"
  /** A verdict that also names records that were not sent. */
  | "odd-partial";

/** What a server may answer in `Retry-After`, in milliseconds, the hostile forms included. By name: JSON has no NaN. */
export const RETRY_AFTER_MS = {
  none: undefined,
  zero: 0,
  negative: -5_000,
  half: 500,
  long: 3_000,
  beyond: 90_000,
  huge: 99_999_999_999_000,
  infinite: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
} as const;

export type RetryAfter = keyof typeof RETRY_AFTER_MS;

/** The spool of a run, as the core sees it: places for records, and what can go wrong with them. */
export interface DiskPlan {
  /** How long a record waits for its place, about. Until then it is in memory alone. */
  readonly appendMs: number;
  /** How long it takes to read records back, about. */
  readonly readMs: number;
  /** What it holds at most. */
  readonly maxBytes: number;
  /** It fails and takes nothing; what lies there comes back with it. */
  readonly away: readonly Window[];
  /** Its files are removed behind everybody's back. */
  readonly vanishesAtMs?: number;
  /** What a dead process left: ENDs, each alone of its span. */
  readonly orphans: readonly Offer[];
}
