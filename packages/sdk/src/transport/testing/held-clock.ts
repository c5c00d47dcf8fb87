import { type Clock, systemClock } from "../../contract/clock.ts";

/** A clock whose timers fire when the test says so. */
export class HeldClock implements Clock {
  readonly #pending = new Map<() => void, number>();

  readonly monotonicMs = systemClock.monotonicMs;
  readonly wallMs = systemClock.wallMs;
  readonly defer = systemClock.defer;

  schedule(run: () => void, delayMs: number): () => void {
    this.#pending.set(run, delayMs);
    return () => this.#pending.delete(run);
  }

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
