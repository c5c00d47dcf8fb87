import type { BatchOptions } from "../../contract/lane-options.ts";
import type { LaneQueue } from "./lane-queue.ts";
import type { CoreRecord } from "./record.ts";

/** When the next batch of one lane is due. */
export class BatchTiming<R extends CoreRecord> {
  readonly #queue: LaneQueue<R>;
  readonly #options: BatchOptions;

  constructor(queue: LaneQueue<R>, options: BatchOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /** Whether so many full batches wait. */
  hasBatches(count: number): boolean {
    const { maxRecords, maxBytes } = this.#options;
    return this.#queue.records >= count * maxRecords || this.#queue.bytes >= count * maxBytes;
  }

  /** When the oldest has waited long enough for company. */
  get lingerUntilMs(): number {
    return this.#queue.lingerFromMs + this.#options.lingerMs;
  }

  /** When the next batch leaves; Infinity when nothing stands in the queue. `isUrgent`: batches don't linger. */
  dueMs(nowMs: number, isUrgent: boolean): number {
    if (this.#queue.records === 0) return Number.POSITIVE_INFINITY;
    return isUrgent || this.#isDue(nowMs) ? nowMs : this.lingerUntilMs;
  }

  /** Something stands in the queue: whether it need wait no longer. */
  #isDue(nowMs: number): boolean {
    return this.hasBatches(1) || nowMs >= this.lingerUntilMs;
  }
}
