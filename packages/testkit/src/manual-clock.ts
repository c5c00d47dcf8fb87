import type { Cancel, Clock } from "everspan/internals";

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly keepsAlive: boolean;
  readonly run: () => void;
}

/** A clock that stands still until the test moves it. Implements the SDK's `Clock`. */
export class ManualClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;
  #order = 0;
  #timers: Scheduled[] = [];
  #deferred: (() => void)[] = [];

  constructor(wall = "2026-01-31T12:00:00.000Z") {
    this.#wallMs = Date.parse(wall);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  schedule(run: () => void, delayMs: number, keepsAlive: boolean): Cancel {
    const timer = { atMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, keepsAlive, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  /** Timers that would keep a process alive. */
  get aliveTimers(): number {
    return this.#timers.filter((timer) => timer.keepsAlive).length;
  }

  /** Timers that wait. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** The machine's clock is set, as by a person or NTP: the monotonic clock does not notice. */
  setWall(wall: string): void {
    this.#wallMs = Date.parse(wall);
  }

  /** Time passes while nothing runs: a stopped process, a blocked event loop. Timers become late. */
  freezeFor(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  /** Runs everything that is due now, and what promises make of it. */
  async settle(): Promise<void> {
    for (;;) {
      await macrotask();
      const due = this.#takeDue();
      if (due.length === 0) return;
      for (const run of due) run();
    }
  }

  /** Moves time forward, stopping at each timer on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await this.settle();
    for (let next = this.#nextTimerMs(); next <= endMs; next = this.#nextTimerMs()) {
      this.freezeFor(Math.max(0, next - this.#monotonicMs));
      await this.settle();
    }
    this.freezeFor(endMs - this.#monotonicMs);
    await this.settle();
  }

  #nextTimerMs(): number {
    return Math.min(...this.#timers.map((timer) => timer.atMs));
  }

  #takeDue(): (() => void)[] {
    const due = this.#timers.filter((timer) => timer.atMs <= this.#monotonicMs);
    this.#timers = this.#timers.filter((timer) => timer.atMs > this.#monotonicMs);
    due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    return [...this.#deferred.splice(0), ...due.map((timer) => timer.run)];
  }
}

/** After the promises and the I/O that are ready. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
