import { types } from "node:util";

/** A slice of a walk that took longer than this may have run the application's own code. */
const SUSPICIOUS_MS = 2;

/**
 * The time that a capture spends in the application's own code: getters, proxies and `toJSON`. Reading plain data costs
 * none of the budget, however slow the machine is: its values and bytes bound it.
 *
 * A clock reading costs more than reading a property, so nothing is measured before a slice of the walk took suspiciously
 * long. From then on each property is asked whether code stands behind it.
 */
export class ForeignTime {
  /** Properties must be read by `read`. */
  isWatching = false;
  isUsedUp = false;
  readonly #clock: () => number;
  readonly #maxMs: number;
  #leftMs = 0;
  #sliceStartMs = -1;

  /** @param clock monotonic milliseconds */
  constructor(clock: () => number, maxMs: number) {
    this.#clock = clock;
    this.#maxMs = maxMs;
  }

  begin(): void {
    this.isWatching = this.isUsedUp = false;
    this.#leftMs = this.#maxMs;
    this.#sliceStartMs = -1;
  }

  /** Called every few values. */
  slice(): void {
    if (this.isWatching) return;
    const nowMs = this.#clock();
    if (this.#sliceStartMs >= 0 && nowMs - this.#sliceStartMs > SUSPICIOUS_MS) this.isWatching = true;
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
    try {
      return run();
    } finally {
      this.#leftMs -= Math.min(this.#clock() - startMs, this.#maxMs / 2);
      if (this.#leftMs <= 0) this.isUsedUp = true;
    }
  }
}
