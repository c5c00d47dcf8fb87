import type { Clock } from "@everspan/protocol";

export { type Cancel, type Clock, systemClock } from "@everspan/protocol";

/** After this long the wall clock is read again, so that a corrected clock shows in new spans. */
const ANCHOR_LIFE_MS = 1_000;

/**
 * Wall time with the resolution and steadiness of the monotonic clock: within one anchor a later reading is a later
 * time, whatever is done to the machine's clock. Durations never come from the difference of two wall times.
 */
export class SteadyWallClock {
  readonly #clock: Clock;
  #anchorMonotonicMs = Number.NEGATIVE_INFINITY;
  #anchorWallMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whole microseconds since the epoch at a reading of the monotonic clock. */
  microsAt(monotonicMs: number): number {
    const age = monotonicMs - this.#anchorMonotonicMs;
    if (age > ANCHOR_LIFE_MS || age < 0) {
      this.#anchorMonotonicMs = monotonicMs;
      this.#anchorWallMs = this.#clock.wallMs();
      return Math.floor(this.#anchorWallMs * 1000);
    }
    return Math.floor((this.#anchorWallMs + age) * 1000);
  }
}
