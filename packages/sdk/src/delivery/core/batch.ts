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
}
