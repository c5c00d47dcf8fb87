import type { RandomSource } from "./random.ts";

/** Numbers of a backoff, in milliseconds. See `docs/adr/0003-backoff.md`. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

export const BUSY_BACKOFF: BackoffOptions = { baseMs: 200, maxMs: 5_000 };

/** Wrong credentials or a wrong address are mended by a person: probe more rarely. */
export const PAUSED_BACKOFF: BackoffOptions = { baseMs: 1_000, maxMs: 30_000 };

/** A server may ask for more patience than a minute; it does not get it. */
export const MAX_RETRY_AFTER_MS = 60_000;

/**
 * The wait before attempt number `failures` + 1: exponential with jitter, drawn from the upper half of the step.
 * The lower half is left out so that a run of lucky draws can't hammer a sick back end: with these numbers no
 * sequence of draws makes more than 8 attempts in the first 5 seconds.
 */
export function backoffMs(failures: number, options: BackoffOptions, random: RandomSource): number {
  const step = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures - 1, 30));
  return step * (0.5 + random() / 2);
}

/** When a lane may send again: learnt from how its last requests went, and from what the back end asked for. */
export class Backoff {
  /** Nothing is sent before; set by failures and by `Retry-After`. */
  notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Failures in a row; a success halves them. */
  failures = 0;
  /** After a failure one request at a time finds out whether the back end is well again. */
  isProbing = false;
  readonly #random: RandomSource;
  #lastFailureAtMs = Number.NEGATIVE_INFINITY;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  succeeded(): void {
    this.failures >>= 1;
    this.isProbing = false;
  }

  /** Requests that were already in flight when the last failure came belong to the same wave: one step, not three. */
  failed(sentAtMs: number, options: BackoffOptions, nowMs: number): void {
    const isSameWave = sentAtMs <= this.#lastFailureAtMs;
    this.isProbing = true;
    if (isSameWave) return;
    this.failures += 1;
    this.#lastFailureAtMs = nowMs;
    const backoffUntilMs = nowMs + backoffMs(this.failures, options, this.#random);
    this.notBeforeMs = Math.max(this.notBeforeMs, backoffUntilMs);
  }

  /** The back end said how long to leave it alone: the whole lane does, whichever batch it said it to. */
  wait(retryAfterMs: number | undefined, nowMs: number): void {
    const askedMs = retryAfterMs ?? 0;
    // Anything but a positive number, NaN among it, asks for nothing.
    if (askedMs > 0) this.notBeforeMs = Math.max(this.notBeforeMs, nowMs + Math.min(askedMs, MAX_RETRY_AFTER_MS));
  }
}
