/**
 * Numbers the records of one lane, 1, 2, 3 …, so that the receiver sees gaps. A record keeps its number when its batch
 * is sent again, whole or split: a gap that remains is a record that never arrived.
 */
import { BoundedMap, recordKey, type SpanSnapshot } from "@everspan/protocol";

/** Records whose attempt failed, with the number to send them under. Beyond this the oldest get new numbers. */
const MAX_REMEMBERED = 10_000;

export class RecordNumbers {
  #last = 0;
  readonly #failed = new BoundedMap<number>(MAX_REMEMBERED);

  /** The highest number given; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The first number of a batch that is about to be sent: the one it had, when its numbers are still in a row. */
  take(batch: readonly SpanSnapshot[]): number {
    const first = this.#takeRemembered(batch) ?? this.#last + 1;
    this.#last = Math.max(this.#last, first + batch.length - 1);
    return first;
  }

  /** The batch did not arrive, as far as is known. */
  failed(batch: readonly SpanSnapshot[], first: number): void {
    for (const [index, snapshot] of batch.entries()) this.#failed.set(recordKey(snapshot), first + index);
  }

  #takeRemembered(batch: readonly SpanSnapshot[]): number | undefined {
    if (this.#failed.weight === 0) return undefined;
    const numbers = batch.map((snapshot) => {
      const key = recordKey(snapshot);
      const number = this.#failed.get(key);
      this.#failed.delete(key);
      return number;
    });
    const [first] = numbers;
    const isInARow = first !== undefined && numbers.every((number, index) => number === first + index);
    return isInARow ? first : undefined;
  }
}
