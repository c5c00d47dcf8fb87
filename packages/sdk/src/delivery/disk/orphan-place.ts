import type { Orphan } from "../../spool/index.ts";
import type { EndedAs, LaneMask } from "../core/index.ts";
import type { DiskPlace } from "../record/disk-place.ts";

interface OrphanPlaceParts {
  /** The lanes that took the record. */
  readonly lanes: LaneMask;
  /** Of the lanes, those in which it may have been delivered. */
  readonly doubtfulLanes: LaneMask;
  readonly orphan: Orphan;
  readonly doubt: (laneIndex: number, isInDoubt: boolean) => void;
  readonly settle: (laneIndex: number, as: EndedAs, maybeDelivered: boolean) => void;
  /** The lane left the record to the disk, and will read it back. */
  readonly spill: (laneIndex: number) => void;
  /** No lane holds it in memory any more. */
  readonly done: () => void;
}

/** A record's place in the spool of a process that died. */
export class OrphanPlace implements DiskPlace {
  readonly isKept = true;
  readonly #parts: OrphanPlaceParts;
  #holders: LaneMask;

  constructor(parts: OrphanPlaceParts) {
    this.#parts = parts;
    this.#holders = parts.lanes;
  }

  get doubtfulLanes(): LaneMask {
    return this.#parts.doubtfulLanes;
  }

  /** The spool that it lies in. */
  get orphan(): Orphan {
    return this.#parts.orphan;
  }

  doubt(laneIndex: number, isInDoubt: boolean): void {
    this.#parts.doubt(laneIndex, isInDoubt);
  }

  settle(laneIndex: number, as: EndedAs, maybeDelivered: boolean): void {
    this.#parts.settle(laneIndex, as, maybeDelivered);
    this.leave(1 << laneIndex);
  }

  /** It stays where it is: to be read back, or for the next start. */
  spill(laneIndex: number, isFinal: boolean): void {
    if (!isFinal) this.#parts.spill(laneIndex);
    this.leave(1 << laneIndex);
  }

  leave(lanes: LaneMask): void {
    if ((this.#holders & lanes) === 0) return;
    this.#holders &= ~lanes;
    if (this.#holders === 0) this.#parts.done();
  }
}
