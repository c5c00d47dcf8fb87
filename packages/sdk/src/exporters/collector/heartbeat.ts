/** Beats while something is open, and never twice at once: a beat that fails or hangs is missed, not made up for. */
import type { Cancel, Clock } from "../../contract/clock.ts";

export interface HeartOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Whether the next beat has something to say; false stops the heart until `start`. */
  readonly isNeeded: () => boolean;
  /** Rejects and hangs as it likes. */
  readonly beat: () => Promise<void>;
}

export class Heart {
  readonly #options: HeartOptions;
  #cancel: Cancel | undefined;
  #isBeating = false;
  #isStopped = false;

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  /** Does nothing when it runs, when nothing needs it, or after `stop`. */
  start(): void {
    const { clock, intervalMs, isNeeded } = this.#options;
    if (this.#cancel !== undefined || this.#isStopped || intervalMs === 0 || !isNeeded()) return;
    this.#cancel = clock.schedule(() => this.#tick(), intervalMs, false);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #tick(): void {
    this.#cancel = undefined;
    if (!this.#isBeating && this.#options.isNeeded()) void this.#beat();
    this.start();
  }

  async #beat(): Promise<void> {
    this.#isBeating = true;
    try {
      await this.#options.beat();
    } catch {
      // Missed: the next beat says all that this one would have.
    }
    this.#isBeating = false;
  }
}
