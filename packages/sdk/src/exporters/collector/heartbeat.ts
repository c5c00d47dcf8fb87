/** Sends reports at an interval while they are needed, one at a time. One that fails or hangs is skipped, not repeated. */
import type { Cancel, Clock } from "../../contract/clock.ts";

export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Whether the next report says something new; false stops the heartbeat until `start`. */
  readonly isNeeded: () => boolean;
  /** May reject or never settle; failures are ignored. */
  readonly report: () => Promise<void>;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #cancel: Cancel | undefined;
  #isReporting = false;
  #isStopped = false;

  constructor(options: HeartbeatOptions) {
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
    if (!this.#isReporting && this.#options.isNeeded()) void this.#report();
    this.start();
  }

  async #report(): Promise<void> {
    this.#isReporting = true;
    try {
      await this.#options.report();
    } catch {
      // The next report says all that this one would have.
    }
    this.#isReporting = false;
  }
}
