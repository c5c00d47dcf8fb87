import { types } from "node:util";

/** A slice of a walk that took longer than this may have run the application's own code. */
const SUSPICIOUS_MS = 2;
/** Slices without such code after which a watch ends: what took so long was the machine. */
const QUIET_SLICES = 8;
/** Watches of one capture that may end. */
const MAX_ENDED_WATCHES = 4;

/**
 * The time that a capture spends in the application's own code: getters, proxies and `toJSON`. Reading plain data costs
 * none of the budget, however slow the machine is: its values and bytes bound it.
 *
 * A clock reading costs more than reading a property, so nothing is measured before a slice of the walk took suspiciously
 * long. From then on each property is asked whether code stands behind it, which is about three times as dear, until a
 * few slices have shown none: then a pause of the machine (a collection of garbage, another process) was all there was.
 * So what goes uncharged is at most one slice for each of five watches, the slices by which they begin.
 */
export class ForeignTime {
  /** Properties must be read by `read`. */
  isWatching = false;
  isUsedUp = false;
  readonly #clock: () => number;
  readonly #maxMs: number;
  #leftMs = 0;
  #sliceStartMs = -1;
  #quietSlices = 0;
  #watchesLeft = 0;

  /** @param clock monotonic milliseconds */
  constructor(clock: () => number, maxMs: number) {
    this.#clock = clock;
    this.#maxMs = maxMs;
  }

  begin(): void {
    this.isWatching = this.isUsedUp = false;
    this.#leftMs = this.#maxMs;
    this.#sliceStartMs = -1;
    this.#watchesLeft = MAX_ENDED_WATCHES;
  }

  /** Called every few values. */
  slice(): void {
    if (this.isWatching) {
      if (++this.#quietSlices < QUIET_SLICES || this.#watchesLeft === 0) return;
      this.#watchesLeft--;
      this.isWatching = false;
      this.#sliceStartMs = -1;
    }
    const nowMs = this.#clock();
    if (this.#sliceStartMs >= 0 && nowMs - this.#sliceStartMs > SUSPICIOUS_MS) this.isWatching = true;
    this.#quietSlices = 0;
    this.#sliceStartMs = nowMs;
  }

  /** Reads a property, and charges the time when that runs code. */
  read(source: object, name: PropertyKey): unknown {
    const isPlain = !types.isProxy(source) && Object.getOwnPropertyDescriptor(source, name)?.get === undefined;
    if (isPlain) return (source as Record<PropertyKey, unknown>)[name];
    return this.charge(() => (source as Record<PropertyKey, unknown>)[name]);
  }

  /** No single pause is charged more than half of the budget: a garbage collection must not cut a healthy payload. */
  charge<T>(run: () => T): T {
    const startMs = this.#clock();
    this.#quietSlices = 0;
    try {
      return run();
    } finally {
      this.#leftMs -= Math.min(this.#clock() - startMs, this.#maxMs / 2);
      if (this.#leftMs <= 0) this.isUsedUp = true;
    }
  }
}
