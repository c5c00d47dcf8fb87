import type { Mark } from "./marks.ts";
import { must } from "./violation.ts";

/** Until when no record of a lane may be given up for its age. */
export class PatienceObserver {
  readonly #deliveryTimeoutMs: number;
  readonly #mark: (mark: Mark) => void;
  #pausedSinceMs: number | undefined;
  #patientUntilMs = Number.NEGATIVE_INFINITY;
  #expiredBefore = 0;

  constructor(deliveryTimeoutMs: number, mark: (mark: Mark) => void) {
    this.#deliveryTimeoutMs = deliveryTimeoutMs;
    this.#mark = mark;
  }

  onPause(nowMs: number): void {
    this.#pausedSinceMs ??= nowMs;
  }

  /** Any other answer, or none: from now on records age again, from the beginning. */
  onPauseOver(nowMs: number): void {
    if (this.#pausedSinceMs === undefined) return;
    this.#mark("paused, then well again");
    if (nowMs - this.#pausedSinceMs > this.#deliveryTimeoutMs) {
      this.#mark("paused for longer than the delivery timeout, then well again");
    }
    this.#patientUntilMs = Math.max(this.#patientUntilMs, nowMs + this.#deliveryTimeoutMs);
    this.#pausedSinceMs = undefined;
  }

  /** The process stood still for so long: that time is not taken from the records. */
  onStall(forMs: number, nowMs: number): void {
    if (forMs > this.#deliveryTimeoutMs) this.#mark("the process stood still for longer than the delivery timeout");
    this.#patientUntilMs = Math.max(this.#patientUntilMs, nowMs + Math.min(forMs, this.#deliveryTimeoutMs));
  }

  check(expired: number, nowMs: number): void {
    if (expired === this.#expiredBefore) return;
    this.#expiredBefore = expired;
    this.#mark("a record was given up for its age");
    must(this.#pausedSinceMs === undefined, "patience", () => "a record was given up while its lane was paused");
    const earlyMs = this.#patientUntilMs - nowMs;
    must(earlyMs <= 0, "patience", () => `a record was given up ${earlyMs} ms too early`);
  }
}
