import type { BatchOptions } from "../../contract/lane-options.ts";
import { Batch } from "./batch.ts";
import { BatchTiming } from "./batch-timing.ts";
import type { LaneQueue } from "./lane-queue.ts";
import type { CoreRecord, SpanSlot } from "./record.ts";

/** Which records the next batch of one lane takes; and how a batch falls into two. */
export class Batcher<R extends CoreRecord> extends BatchTiming<R> {
  readonly #laneIndex: number;
  readonly #queue: LaneQueue<R>;
  readonly #options: BatchOptions;
  readonly #newBatchId: () => number;

  constructor(laneIndex: number, queue: LaneQueue<R>, options: BatchOptions, newBatchId: () => number) {
    super(queue, options);
    this.#laneIndex = laneIndex;
    this.#queue = queue;
    this.#options = options;
    this.#newBatchId = newBatchId;
  }

  /** Moves what is due from the queue into a new batch; the caller marks the slots as batched. */
  form(nowMs: number, isUrgent: boolean): Batch<R> | undefined {
    if (this.dueMs(nowMs, isUrgent) > nowMs) return undefined;
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
