import type { Revision, SpanEntry } from "./revision.ts";

/**
 * Records of one lane that travel together. A batch keeps its records through all its attempts, so that a bad one
 * among them can be found by bisection and its encoded body can be sent again.
 */
export class Batch<R extends Revision = Revision> {
  readonly id: number;
  readonly lane: number;
  readonly entries: SpanEntry<R>[];
  readonly revisions: R[];
  /** 1 while the first attempt is under way. */
  attempt = 0;
  /** How often it failed although other batches of the lane got through in between. */
  suspicions = 0;
  /** The lane's balance of successes and failures when this batch last failed. */
  balanceSeen = 0;
  sentAtMs = 0;
  deadlineMs = 0;
  /** Payloads were already shed to fit the back end's size limit. */
  shrunk = false;

  constructor(id: number, lane: number, entries: SpanEntry<R>[], revisions: R[]) {
    this.id = id;
    this.lane = lane;
    this.entries = entries;
    this.revisions = revisions;
  }

  get size(): number {
    return this.revisions.length;
  }
}
