/**
 * The account of one lane. Every transition of a record is one synchronous function that moves it between two
 * boxes and adjusts both in the same turn, so that at every moment
 *
 *     created + recovered = delivered + coalesced + sum(dropped) + queued + spooled + inFlight
 */

/** Why a record was lost: a closed union, so that nothing can be lost without a name. Adding one is a reviewed change. */
export const DROP_REASONS = [
  /** The queue held `maxRecords`. */
  "queue_full",
  /** The queue held `maxBytes`. */
  "queue_full_bytes",
  /** Larger than the back end takes, even without its payload. */
  "oversize",
  /** A processor threw or answered neither a snapshot nor null. */
  "hook_failed",
  /** A processor answered null. */
  "sampled",
  /** Tried for `deliveryTimeoutMs`. */
  "delivery_timeout",
  /** The back end refused this very record. */
  "rejected",
  /** The queue was full, and so was the spool. */
  "spool_full",
  /** It lay on disk alone, and its file was removed or can't be read any more. */
  "spool_io",
  /** A dead process had written it, and its bytes are damaged. */
  "corrupt",
  /** Recorded after `shutdown()`. */
  "shutdown",
  /** Still pending when `shutdown()` ran out of time. */
  "shutdown_timeout",
  /** A process died before the record had reached the disk. */
  "crash",
  /** The exporter is disabled, for example for want of an API key. */
  "disabled",
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** A ledger for those who only read it. */
export type LedgerView = Readonly<Omit<LaneLedger, "dropped">> & {
  readonly dropped: Readonly<Record<DropReason, number>>;
};

/** Written by the delivery core alone. */
export class LaneLedger {
  created = 0;
  recovered = 0;
  delivered = 0;
  coalesced = 0;
  queued = 0;
  spooled = 0;
  inFlight = 0;
  /** Dropped or coalesced although an attempt without an answer may have delivered them. */
  maybeDelivered = 0;
  /** Payloads replaced by a marker to keep the record. Not a loss of records. */
  shedPayloads = 0;
  readonly dropped: Record<DropReason, number> = noDrops();

  get droppedTotal(): number {
    let total = 0;
    for (const reason of DROP_REASONS) total += this.dropped[reason];
    return total;
  }

  get pending(): number {
    return this.queued + this.spooled + this.inFlight;
  }

  /** How far the two sides of the identity are apart: always 0. */
  get imbalance(): number {
    return this.created + this.recovered - this.delivered - this.coalesced - this.droppedTotal - this.pending;
  }
}

function noDrops(): Record<DropReason, number> {
  const counts = {} as Record<DropReason, number>;
  for (const reason of DROP_REASONS) counts[reason] = 0;
  return counts;
}
