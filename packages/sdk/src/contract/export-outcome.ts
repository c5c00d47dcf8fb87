/**
 * What became of one attempt to deliver a batch. A value, never an exception: the lane decides what follows.
 *
 * `maybeDelivered`: what the back end may have although it never said so (timeout, reset, a request that was sent twice).
 * True for all that is not said to be delivered, or positions in the batch.
 */
export type ExportOutcome =
  /** The back end has everything. */
  | { readonly kind: "delivered" }
  /** The back end has everything but these. Ids that were not sent are ignored with a warning. */
  | {
      readonly kind: "partial";
      readonly rejected: readonly RejectedSpan[];
      readonly maybeDelivered?: boolean | readonly number[];
    }
  /** Try again later: the lane backs off. `retryAfterMs` is the server's own wish. */
  | {
      readonly kind: "busy";
      readonly retryAfterMs?: number;
      readonly reason: string;
      /** Positions in the batch of what the back end has for certain: settled as delivered, and not sent again. */
      readonly delivered?: readonly number[];
      readonly maybeDelivered?: boolean | readonly number[];
    }
  /** The request was too large as a whole: the lane splits it. A record that is too large alone is `oversize`. */
  | {
      readonly kind: "tooLarge";
      readonly reason?: string;
      readonly maybeDelivered?: boolean | readonly number[];
    }
  /** Something in the batch is bad: the lane bisects until the bad record is alone. */
  | {
      readonly kind: "poison";
      readonly reason: string;
      readonly maybeDelivered?: boolean | readonly number[];
    }
  /** Credentials or address are wrong: the lane pauses, keeps its records and probes. */
  | {
      readonly kind: "misconfigured";
      readonly reason: string;
      readonly maybeDelivered?: boolean | readonly number[];
    };

export interface RejectedSpan {
  readonly id: string;
  readonly reason: string;
}
