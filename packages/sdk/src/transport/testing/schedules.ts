import type { Schedule } from "../schedule.ts";

/** Timers that fire when the test says so. */
export class Schedules {
  readonly #pending = new Map<() => void, number>();

  readonly schedule: Schedule = (delayMs, callback) => {
    this.#pending.set(callback, delayMs);
    return () => this.#pending.delete(callback);
  };

  /** Waits until a timer of this delay is set, then fires it. */
  async fire(delayMs: number): Promise<void> {
    await this.#fireWhen(
      (delay) => delay === delayMs,
      () => true,
    );
  }

  /** Fires the attempt's deadline, which is longer than the connect deadline, once the condition holds. */
  async fireLongest(options: { readonly once?: () => unknown } = {}): Promise<void> {
    await this.#fireWhen((delay) => delay > 3_000, options.once ?? (() => true));
  }

  async #fireWhen(matches: (delayMs: number) => boolean, condition: () => unknown): Promise<void> {
    for (;;) {
      const found = [...this.#pending].find(([, delayMs]) => matches(delayMs));
      if (found !== undefined && condition()) {
        this.#pending.delete(found[0]);
        found[0]();
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
