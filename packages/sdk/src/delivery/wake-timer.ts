import type { Cancel, Clock } from "../contract/clock.ts";

/** The one timer of a pipeline: what is armed is replaced or cancelled, never forgotten. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #run: () => void;
  #armedForMs = Number.POSITIVE_INFINITY;
  #keepsAlive = false;
  #cancel: Cancel | undefined;
  #isPosted = false;

  /** @param run is called when the time has come, after the events that already wait, I/O included */
  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** The time it is armed for; Infinity when it is not. */
  get armedForMs(): number {
    return this.#armedForMs;
  }

  /** Runs at this time and no other; never at Infinity. While `keepsAlive` the process does not end before. */
  arm(wakeMs: number, keepsAlive: boolean, nowMs: number): void {
    if (wakeMs === this.#armedForMs && keepsAlive === this.#keepsAlive) return;
    this.clear();
    this.#armedForMs = wakeMs;
    this.#keepsAlive = keepsAlive;
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    if (wakeMs <= nowMs) this.post();
    else this.#cancel = this.#clock.schedule(() => this.post(), Math.ceil(wakeMs - nowMs), keepsAlive);
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  /** Answers that already wait in sockets are taken before the clock judges them late. */
  post(): void {
    if (this.#isPosted) return;
    this.#isPosted = true;
    this.#clock.defer(() => {
      this.#isPosted = false;
      this.#run();
    });
  }
}
