import { BUSY_BACKOFF, backoffMs } from "./backoff.ts";
import type { Batch } from "./batch.ts";
import type { RandomSource } from "./random.ts";
import type { CoreRecord } from "./record.ts";

/** After so many failures of a batch while its neighbours got through, something in it is suspected. */
const SUSPICIONS_BEFORE_BISECTION = 3;

/**
 * Tells a batch that makes the back end fail from a back end that fails: a batch that failed again and again while most
 * of its neighbours got through is suspect. The lane halves it until the bad record is alone, and tries that one on a
 * clock of its own, so that it holds up nothing else.
 */
export class Suspects<R extends CoreRecord> {
  readonly #random: RandomSource;
  /** Successes less failures of the lane's attempts: grows while more batches get through than fail. */
  #score = 0;
  /** Before this no batch is sent that is alone and suspect. One clock for all of them: many hammer no more than one. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Failures in a row of batches that are alone and suspect. */
  #failures = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** The time before which this batch is not sent. */
  notBeforeMs(batch: Batch<R>): number {
    return isAloneAndSuspect(batch) ? this.#notBeforeMs : Number.NEGATIVE_INFINITY;
  }

  sent(batch: Batch<R>): void {
    if (batch.attempt === 1 && batch.suspicions === 0) batch.scoreSeen = this.#score;
  }

  /** The back end had an answer for a batch, be it a bad one. */
  answered(): void {
    this.#score += 1;
  }

  settled(batch: Batch<R>): void {
    if (isAloneAndSuspect(batch)) this.#failures = 0;
  }

  /**
   * A batch failed. True when it is the batch and not the back end: it failed too often while others got through.
   * Unless another suspect has only just failed: then it may be the back end after all.
   */
  failed(batch: Batch<R>, nowMs: number): boolean {
    const wasAlone = isAloneAndSuspect(batch);
    const othersGotThrough = this.#score > batch.scoreSeen;
    this.#score -= 1;
    batch.scoreSeen = this.#score;
    if (othersGotThrough) batch.suspicions += 1;
    const isBad = othersGotThrough && batch.suspicions >= SUSPICIONS_BEFORE_BISECTION;
    return wasAlone || (isBad && nowMs >= this.#notBeforeMs);
  }

  /** A half of a split batch starts one suspicion short: it has yet to fail by itself. */
  inherit(half: Batch<R>, whole: Batch<R>): void {
    half.suspicions = Math.min(whole.suspicions, SUSPICIONS_BEFORE_BISECTION - 1);
    half.scoreSeen = this.#score;
  }

  /** A suspect that is alone failed: it waits, and with it all others of its kind. */
  backOff(nowMs: number): void {
    this.#failures += 1;
    this.#notBeforeMs = nowMs + backoffMs(this.#failures, BUSY_BACKOFF, this.#random);
  }
}

function isAloneAndSuspect<R extends CoreRecord>(batch: Batch<R>): boolean {
  return batch.size === 1 && batch.suspicions >= SUSPICIONS_BEFORE_BISECTION;
}
