import type { BatchOptions } from "../../contract/lane-options.ts";
import { Batch } from "./batch.ts";
import type { LaneQueue } from "./lane-queue.ts";
import type { CoreRecord, SpanSlot } from "./record.ts";

/** When the next batch of one lane is due, and which records it takes; and how a batch falls into two. */
export class Batcher<R extends CoreRecord> {
  readonly #laneIndex: number;
  readonly #queue: LaneQueue<R>;
  readonly #options: BatchOptions;
  readonly #newBatchId: () => number;

  constructor(laneIndex: number, queue: LaneQueue<R>, options: BatchOptions, newBatchId: () => number) {
    this.#laneIndex = laneIndex;
    this.#queue = queue;
    this.#options = options;
    this.#newBatchId = newBatchId;
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

  /** Moves what is due from the queue into a new batch; the caller marks the slots as batched. */
  form(nowMs: number, isUrgent: boolean): Batch<R> | undefined {
    if (this.#queue.records === 0 || !(isUrgent || this.#isDue(nowMs))) return undefined;
    const { maxRecords, maxBytes } = this.#options;
    const slots: SpanSlot<R>[] = [];
    const records: R[] = [];
    let bytes = 0;
    while (records.length < maxRecords) {
      const record = this.#queue.head?.latest;
      if (record === undefined || (records.length > 0 && bytes + record.bytes > maxBytes)) break;
      slots.push(this.#queue.shift()!);
      records.push(record);
      bytes += record.bytes;
    }
    // What is left has waited since it was offered, not since now.
    const left = this.#queue.head?.latest;
    if (left !== undefined) this.#queue.lingerFromMs = left.offeredAtMs;
    return new Batch(this.#newBatchId(), this.#laneIndex, slots, records);
  }

  /** Two batches in a batch's place. `byBytes` halves the size rather than the number. */
  halve(batch: Batch<R>, byBytes: boolean): readonly [Batch<R>, Batch<R>] {
    const at = byBytes ? middleByBytes(batch) : batch.size >> 1;
    const { slots, records } = batch;
    return [
      new Batch(this.#newBatchId(), this.#laneIndex, slots.slice(0, at), records.slice(0, at)),
      new Batch(this.#newBatchId(), this.#laneIndex, slots.slice(at), records.slice(at)),
    ];
  }

  /** Something stands in the queue: whether it need wait no longer. */
  #isDue(nowMs: number): boolean {
    return this.hasBatches(1) || nowMs >= this.lingerUntilMs;
  }
}

/** Where a batch falls into two parts of about the same size in bytes, neither of them empty. */
function middleByBytes<R extends CoreRecord>(batch: Batch<R>): number {
  let total = 0;
  for (const record of batch.records) total += record.bytes;
  let sum = 0;
  for (let i = 0; i < batch.size - 1; i++) {
    sum += batch.records[i]!.bytes;
    if (sum * 2 >= total) return i + 1;
  }
  return batch.size - 1;
}
