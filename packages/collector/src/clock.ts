/** Time comes in here, so that tests can hold it. */
export interface Clock {
  /** Milliseconds of a clock that never goes back: for how long somebody was silent. */
  monotonicMs(): number;
  /** Milliseconds since the epoch, as the machine believes: for what people read. */
  wallMs(): number;
  /** Calls `run` once after the delay. While `keepsAlive` is false the process may end before. */
  schedule(run: () => void, delayMs: number, keepsAlive: boolean): Cancel;
}

export type Cancel = () => void;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(run, delayMs, keepsAlive) {
    const timer = setTimeout(run, delayMs);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
