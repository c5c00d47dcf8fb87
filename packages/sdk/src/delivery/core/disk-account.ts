import type { DropReason } from "../../contract/ledger.ts";
import { LaneAccount } from "./lane-account.ts";
import type { CoreRecord } from "./record.ts";

/**
 * With what becomes of the records that lie on disk, in this process's spool or in a dead one's, and in no queue. Apart,
 * since the lean build has no disk.
 */
export class DiskAccount<R extends CoreRecord> extends LaneAccount<R> {
  /** A record comes back that this lane had left to the disk. */
  takenBack(): void {
    this.ledger.spooled -= 1;
  }

  /** A newer record of its span came: what lies on disk counts as if it had been coalesced in the queue. */
  spilledWasSuperseded(maybeDelivered: boolean): void {
    this.ledger.spooled -= 1;
    this.ledger.coalesced += 1;
    this.ledger.maybeDelivered += Number(maybeDelivered);
  }

  /** What lay on disk alone is gone. */
  spilledWasLost(reason: DropReason, maybeDelivered: boolean): void {
    this.ledger.spooled -= 1;
    this.ledger.dropped[reason] += 1;
    this.ledger.maybeDelivered += Number(maybeDelivered);
  }

  /** A dead process left a START, and the END that says all of it. */
  orphanWasCoalesced(maybeDelivered: boolean): void {
    this.ledger.recovered += 1;
    this.ledger.coalesced += 1;
    this.ledger.maybeDelivered += Number(maybeDelivered);
  }

  /** What a dead process had accepted and can't be delivered any more. */
  orphansWereLost(count: number, reason: DropReason, maybeDelivered: number): void {
    this.ledger.recovered += count;
    this.ledger.dropped[reason] += count;
    this.ledger.maybeDelivered += maybeDelivered;
  }

  /** Losses of dead processes that none of them told anybody of. */
  inherits(dropped: number, maybeDelivered: number): void {
    this.ledger.inheritedDropped += dropped;
    this.ledger.inheritedMaybeDelivered += maybeDelivered;
  }
}
