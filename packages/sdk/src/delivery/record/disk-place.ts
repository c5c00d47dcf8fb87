import type { EndedAs, LaneMask } from "../core/index.ts";

/** Where a record lies on disk: in this process's own spool, or in one that it adopted. */
export interface DiskPlace {
  /** True when the record would survive without its place in memory. */
  readonly isKept: boolean;
  /** Lanes in which an attempt without an answer may have delivered it. */
  readonly doubtfulLanes: LaneMask;
  /** In this process's own spool, where nothing has happened to the record since it was offered. */
  readonly isUntouched?: boolean;
  /** The policy that found nothing to withhold in it: on its way to the disk, or out. It need not look again. */
  cleanUnder?: object | undefined;
  /** The lane sends the record, or knows that no attempt has delivered it. */
  doubt(lane: number, isInDoubt: boolean): void;
  /** The lane with this index is done with the record. */
  settle(lane: number, as: EndedAs, maybeDelivered: boolean): void;
  /** The lane gave the record's place in memory away. */
  spill(lane: number, isFinal: boolean): void;
}
