import type { DeliveryOptions } from "../../contract/lane-options.ts";
import { BUSY_BACKOFF, backoffMs, MAX_RETRY_AFTER_MS } from "./backoff.ts";
import type { RandomSource } from "./random.ts";

/**
 * More requests than `concurrency` are allowed once this many full batches wait for each of those. Less is carried in
 * good time without; much less would add requests for nothing.
 */
const BACKLOG_PER_REQUEST = 4;

/** When a lane may send, and how much at once: learnt from how its last requests went. */
export class RetryClock {
  /** Nothing is sent before; set by failures and by `Retry-After`. */
  notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Before this no batch is sent that is alone and suspect. They share one clock, so that many hammer no more than one. */
  suspectsNotBeforeMs = Number.NEGATIVE_INFINITY;
  /** Failures in a row; a success halves them. */
  failures = 0;
  /** Failures in a row of batches that are alone and suspect. */
  suspectFailures = 0;
  /** After a failure one request at a time finds out whether the back end is well again. */
  isProbing = false;
  readonly #usual: number;
  readonly #most: number;
  readonly #random: RandomSource;
  #window: number;
  #lastFailureAtMs = Number.NEGATIVE_INFINITY;

  constructor({ concurrency, maxConcurrency = concurrency }: DeliveryOptions, random: RandomSource) {
    this.#usual = this.#window = concurrency;
    this.#most = maxConcurrency;
    this.#random = random;
  }

  /** Whether another request may begin beside those under way. Where the queue is pressed, all that are allowed may. */
  mayBegin(underWay: number, isPressed: boolean): boolean {
    if (this.isProbing) return underWay === 0;
    return underWay < (isPressed && this.failures === 0 ? this.#most : this.#window);
  }

  /**
   * While more waits than `concurrency` carries in good time, each request that got through allows one more, up to
   * `maxConcurrency`, as TCP's slow start does; when no full batch waits, one less.
   *
   * @param isBacklog whether so many full batches wait, or the queue is pressed
   */
  succeeded(isBacklog: (batches: number) => boolean): void {
    this.failures >>= 1;
    this.isProbing = false;
    const isWide = this.#window > this.#usual;
    if (isBacklog(isWide ? 1 : BACKLOG_PER_REQUEST * this.#usual))
      this.#window = Math.min(this.#window + 1, this.#most);
    else if (isWide) this.#window -= 1;
  }

  /** Requests that were already under way when the last failure came belong to the same wave: one step, not three. */
  failed(sentAtMs: number, options: typeof BUSY_BACKOFF, nowMs: number): void {
    const isSameWave = sentAtMs <= this.#lastFailureAtMs;
    this.isProbing = true;
    if (isSameWave) return;
    this.failures += 1;
    this.#lastFailureAtMs = nowMs;
    const backoffUntilMs = nowMs + backoffMs(this.failures, options, this.#random);
    this.notBeforeMs = Math.max(this.notBeforeMs, backoffUntilMs);
  }

  /** A backlog gives no right to more requests than usual any longer. */
  narrow(): void {
    this.#window = this.#usual;
  }

  /** The back end said how long to leave it alone: the whole lane does, whichever batch it said it to. */
  wait(retryAfterMs: number | undefined, nowMs: number): void {
    // Anything but a positive number, NaN among it, asks for nothing.
    if (retryAfterMs === undefined || !(retryAfterMs > 0)) return;
    this.notBeforeMs = Math.max(this.notBeforeMs, nowMs + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  }

  suspectFailed(nowMs: number): void {
    this.suspectFailures += 1;
    this.suspectsNotBeforeMs = nowMs + backoffMs(this.suspectFailures, BUSY_BACKOFF, this.#random);
  }
}
