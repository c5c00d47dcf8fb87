import type { DeliveryOptions } from "../../contract/lane-options.ts";

/**
 * How long a record is tried. Time in which the lane was paused, or in which the process stood still, counts against
 * no record.
 */
export class Expiry {
  readonly #deliveryTimeoutMs: number;
  /** Time before this is not counted. */
  #countsFromMs = Number.NEGATIVE_INFINITY;

  constructor({ deliveryTimeoutMs }: DeliveryOptions) {
    this.#deliveryTimeoutMs = deliveryTimeoutMs;
  }

  /** When a record that was offered then has been tried for long enough. */
  expiryMs(offeredAtMs: number): number {
    return Math.max(offeredAtMs, this.#countsFromMs) + this.#deliveryTimeoutMs;
  }

  /** The lane is well again after a pause: everything has its whole time from now. */
  pauseOver(nowMs: number): void {
    this.#countsFromMs = nowMs;
  }

  /** The process stood still: a record has at least as much time from now as it took. */
  forgiveStall(forMs: number, nowMs: number): void {
    this.#countsFromMs = Math.max(this.#countsFromMs, nowMs - Math.max(0, this.#deliveryTimeoutMs - forMs));
  }
}
