/** What became of one attempt to deliver a batch. A value, never an exception: the lane decides what follows. */
export type ExportOutcome =
  /** The back end has everything. */
  | { readonly kind: "delivered" }
  /** The back end has everything but these. Ids that were not sent are ignored with a warning. */
  | { readonly kind: "partial"; readonly rejected: readonly RejectedSpan[] }
  /** Try again later: the lane backs off. `retryAfterMs` is the server's own wish. */
  | {
      readonly kind: "busy";
      readonly retryAfterMs?: number;
      readonly reason: string;
      /** True when the back end may have applied the batch although no answer came (timeout, reset). */
      readonly maybeDelivered?: boolean;
    }
  /** The request was too large as a whole: the lane splits it. A record that is too large alone is `oversize`. */
  | { readonly kind: "tooLarge"; readonly reason?: string }
  /** Something in the batch is bad: the lane bisects until the bad record is alone. */
  | { readonly kind: "poison"; readonly reason: string }
  /** Credentials or address are wrong: the lane pauses, keeps its records and probes. */
  | { readonly kind: "misconfigured"; readonly reason: string };

export interface RejectedSpan {
  readonly id: string;
  readonly reason: string;
}
