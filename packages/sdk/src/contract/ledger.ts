/**
 * The account of one lane. Every transition of a record is one synchronous function that moves it between two
 * boxes and adjusts both in the same turn, so that at every moment
 *
 *     created + recovered = delivered + coalesced + sum(dropped) + queued + spooled + inFlight
 */
import { DROP_REASONS, type DropReason } from "@everspan/protocol";

export { DROP_REASONS, type DropReason };

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
  /** Lost by dead processes that told nobody; in no sum of this lane. */
  inheritedDropped = 0;
  inheritedMaybeDelivered = 0;
  /** Payloads replaced by a marker to keep the record. Not a loss of records. */
  shedPayloads = 0;
  readonly dropped: Record<DropReason, number> = noDrops();

  get droppedTotal(): number {
    let total = 0;
    for (const reason of DROP_REASONS) total += this.dropped[reason];
    return total;
  }

  /** All that was dropped but what a processor or a sampler left out on purpose. */
  get lost(): number {
    return this.droppedTotal - this.dropped.sampled;
  }

  get pending(): number {
    return this.queued + this.spooled + this.inFlight;
  }
}

/** How far the two sides of the identity are apart: always 0. */
export function imbalanceOf(ledger: LedgerView): number {
  const { created, recovered, delivered, coalesced, droppedTotal, pending } = ledger;
  return created + recovered - delivered - coalesced - droppedTotal - pending;
}

function noDrops(): Record<DropReason, number> {
  const counts = {} as Record<DropReason, number>;
  for (const reason of DROP_REASONS) counts[reason] = 0;
  return counts;
}
