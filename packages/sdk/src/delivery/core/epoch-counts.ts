/**
 * Counts what is pending by the flush before which it came. A flush opens a new epoch and is done when all epochs up to
 * its own are empty; empty ones at the front are forgotten.
 */
export class EpochCounts {
  #first = 0;
  readonly #counts: number[] = [0];

  open(): void {
    this.#counts.push(0);
  }

  /** What was read back from disk may belong to an epoch that is over: it counts for the oldest that is not. */
  count(epoch: number, by: 1 | -1): void {
    this.#counts[Math.max(0, epoch - this.#first)]! += by;
  }

  /** True when nothing of this epoch or an earlier one is pending. */
  isSettledThrough(epoch: number): boolean {
    while (this.#counts.length > 1 && this.#counts[0] === 0) {
      this.#counts.shift();
      this.#first += 1;
    }
    return this.#first > epoch || (this.#first === epoch && this.#counts[0] === 0);
  }
}
