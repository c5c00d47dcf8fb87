import type { Batch } from "./batch.ts";
import type { CoreRecord, SpanSlot } from "./record.ts";

/** Batches of one lane that are to be tried again, and the halves of split ones, in the order in which they go. */
export class RetryList<R extends CoreRecord> {
  readonly #batches: Batch<R>[] = [];

  get length(): number {
    return this.#batches.length;
  }

  [Symbol.iterator](): IterableIterator<Batch<R>> {
    return this.#batches[Symbol.iterator]();
  }

  push(batch: Batch<R>): void {
    this.#batches.push(batch);
  }

  /** They go before all others. */
  putFirst(batches: readonly Batch<R>[]): void {
    this.#batches.unshift(...batches);
  }

  /** Takes the first batch that may go now. */
  take(mayGo: (batch: Batch<R>) => boolean): Batch<R> | undefined {
    const at = this.#batches.findIndex(mayGo);
    return at < 0 ? undefined : this.#batches.splice(at, 1)[0];
  }

  takeAll(): Batch<R>[] {
    return this.#batches.splice(0);
  }

  /** Takes the last record out of the first batch in which no other lane holds it. */
  takeUnshared(): { readonly slot: SpanSlot<R>; readonly record: R } | undefined {
    const batch = this.#batches.find(({ records }) => records[records.length - 1]!.holders === 1);
    if (batch === undefined) return undefined;
    const slot = batch.slots.pop()!;
    const record = batch.records.pop()!;
    this.dropEmpty();
    return { slot, record };
  }

  /** After records left their batches. */
  dropEmpty(): void {
    for (let i = this.#batches.length - 1; i >= 0; i--) if (this.#batches[i]!.size === 0) this.#batches.splice(i, 1);
  }

  /** When the oldest of these records was offered; Infinity when there is none. */
  get oldestOfferedMs(): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { records } of this.#batches) oldestMs = Math.min(oldestMs, records[0]!.offeredAtMs);
    return oldestMs;
  }
}
