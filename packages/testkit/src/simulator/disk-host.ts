import type { DeliveryCore } from "everspan/internals";
import type { Mark } from "./marks.ts";
import type { Offer } from "./plan.ts";
import type { SimPlace } from "./sim-place.ts";
import type { SimRecord } from "./sim-record.ts";

/** What the disk needs of the world around it. */
export interface DiskHost {
  readonly core: DeliveryCore<SimRecord>;
  readonly queue: { readonly maxRecords: number; readonly maxBytes: number };
  readonly nowMs: number;
  readonly heldBytes: number;
  /** The time of a shutdown is up: what is left now nobody will read back. */
  readonly isTimeUp: boolean;
  /** Around the process, whether or not it stands still. */
  at(atMs: number, run: () => void): void;
  /** In the process, which may stand still meanwhile. */
  later(delayMs: number, run: () => void): void;
  /** Flushes that wait have one more record to wait for. */
  isAwaited(offer: Offer): void;
  /** They may wait for it, although it was perhaps offered after they began. */
  mayBeAwaited(offer: Offer): void;
  /** These lanes learn of a record of a dead process. */
  adopted(offer: Offer, lanes: number): void;
  /** The core has something new to look at. */
  wake(): void;
  mark(mark: Mark): void;
}

/** What reading back needs of the disk. */
export interface ReadableDisk {
  readonly isAway: boolean;
  /** A place for what a dead process left. */
  adopt(offer: Offer, lanes: number): SimPlace;
  /** The place has its record in memory again. @returns the lanes that want it */
  takeBack(place: SimPlace): number;
}
