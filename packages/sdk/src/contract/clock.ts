/** Time comes in here and nowhere else, so that tests can hold it. */
export interface Clock {
  /** Milliseconds of a clock that never goes back: for scheduling and durations. */
  monotonicMs(): number;
  /** Milliseconds since the epoch, as the machine believes: for what people read. */
  wallMs(): number;
  /** Calls `run` once after the delay. While `keepsAlive` is false the process may end before. */
  schedule(run: () => void, delayMs: number, keepsAlive: boolean): Cancel;
  /** Calls `run` after the events that are already waiting, I/O included. */
  defer(run: () => void): void;
}

export type Cancel = () => void;

/**
 * Taken when the module loads: fake timers that a test puts in their place later hold the application's time, not the
 * delivery of its spans.
 */
const { setTimeout, clearTimeout, setImmediate, Date: WallClock } = globalThis;
const wallMs = WallClock.now.bind(WallClock);
const monotonicMs = globalThis.performance.now.bind(globalThis.performance);

/** Longer delays overflow the timer and would fire immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs,
  wallMs,
  schedule(run, delayMs, keepsAlive) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), MAX_TIMER_MS));
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
  defer(run) {
    setImmediate(run);
  },
};

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
