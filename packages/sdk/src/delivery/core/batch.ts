import type { CoreRecord, SpanSlot } from "./record.ts";

/**
 * Records of one lane that travel together. A batch keeps its records through all its attempts, so that a bad one
 * among them can be found by bisection and its encoded body can be sent again.
 */
export class Batch<R extends CoreRecord = CoreRecord> {
  readonly id: number;
  readonly laneIndex: number;
  readonly slots: SpanSlot<R>[];
  readonly records: R[];
  /** 1 while the first attempt is in flight. */
  attempt = 0;
  /** How often it failed although other batches of the lane got through in between. */
  suspicions = 0;
  /** The lane's successes less failures when this batch last failed. */
  scoreSeen = 0;
  sentAtMs = 0;
  deadlineMs = 0;
  /** Payloads were already shed to fit the back end's size limit. */
  isShed = false;

  constructor(id: number, laneIndex: number, slots: SpanSlot<R>[], records: R[]) {
    this.id = id;
    this.laneIndex = laneIndex;
    this.slots = slots;
    this.records = records;
  }

  get size(): number {
    return this.records.length;
  }

  /** An attempt without an answer may have delivered all of it, or these positions. */
  doubt(maybeDelivered: boolean | readonly number[] | undefined): void {
    const positions = typeof maybeDelivered === "object" ? new Set(maybeDelivered) : undefined;
    if (positions === undefined && maybeDelivered !== true) return;
    this.slots.forEach((slot, position) => {
      if (positions?.has(position) !== false) slot.ambiguous |= 1 << this.laneIndex;
    });
  }

  /** Lets go of the records for which the answer is false. */
  keep(isKept: (slot: SpanSlot<R>, record: R, position: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      const slot = this.slots[i]!;
      const record = this.records[i]!;
      if (!isKept(slot, record, i)) continue;
      this.slots[kept] = slot;
      this.records[kept] = record;
      kept += 1;
    }
    this.slots.length = kept;
    this.records.length = kept;
  }
}
