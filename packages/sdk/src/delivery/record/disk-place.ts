import type { EndedAs } from "../core/index.ts";

/** Where a record lies on disk: in this process's own spool, or in one that it adopted. */
export interface DiskPlace {
  /** True when the record would survive without its place in memory. */
  readonly isKept: boolean;
  /** The lane with this index is done with the record. */
  settle(lane: number, as: EndedAs): void;
  /** The lane gave the record's place in memory away. */
  spill(lane: number, isFinal: boolean): void;
}
