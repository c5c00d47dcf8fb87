/**
 * A collector's arrivals as numbers that only grow: microseconds of its clock, pushed on by what it has seen of others.
 * So a later write is newer than all that was read before it, whichever collector wrote that.
 */
export class ArrivalClock {
  readonly #nowMs: () => number;
  #last = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  next(): number {
    this.#last = Math.max(Math.round(this.#nowMs() * 1000), this.#last + 1);
    return this.#last;
  }

  see(arrival: number): void {
    this.#last = Math.max(this.#last, arrival);
  }
}
