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

/** What is used of a runtime's own timers, which each runtime declares differently. */
interface Timers {
  setTimeout(run: () => void, delayMs: number): { unref?(): void };
  clearTimeout(timer: { unref?(): void }): void;
  setImmediate?(run: () => void): void;
}

/**
 * Taken when the module loads: fake timers that a test puts in their place later hold the application's time, not the
 * delivery of its spans.
 */
const { setTimeout, clearTimeout, setImmediate } = globalThis as unknown as Timers;
const wallMs = /* @__PURE__ */ Date.now.bind(Date);
const monotonicMs = /* @__PURE__ */ performance.now.bind(performance);

/** Longer delays overflow the timer and would fire immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs,
  wallMs,
  schedule(run, delayMs, keepsAlive) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), MAX_TIMER_MS));
    if (!keepsAlive) timer.unref?.();
    return () => clearTimeout(timer);
  },
  defer(run) {
    if (setImmediate === undefined) setTimeout(run, 0);
    else setImmediate(run);
  },
};
