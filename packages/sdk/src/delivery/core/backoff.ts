import type { RandomSource } from "./random.ts";

/** Numbers of the retry clock, in milliseconds. See `docs/adr/0003-backoff.md`. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

export const BUSY_BACKOFF: BackoffOptions = { baseMs: 200, maxMs: 5_000 };

/** Wrong credentials or a wrong address heal by a person's hand: probe more rarely. */
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
