import type { DeliveryOptions } from "../../contract/lane-options.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import type { Batch } from "./batch.ts";
import type { Batcher } from "./batcher.ts";
import type { RandomSource } from "./random.ts";
import type { CoreRecord } from "./record.ts";
import { RequestWindow } from "./request-window.ts";
import { RetryList } from "./retry-list.ts";
import { Suspects } from "./suspects.ts";

/**
 * With more batches than this (for each request of `concurrency`) to be tried again, no fresh one is begun in their
 * stead: what stands in the queue can still be updated, shed or evicted, what stands in a batch can't.
 */
const MAX_RETRIES_PER_REQUEST = 2;

/** Of all requests of a lane, for its statistics. */
export interface RequestCounts {
  begun: number;
  begunAgain: number;
  splits: number;
}

/** One lane's batches, in flight or to be tried again, and when the next request may begin. It keeps no account. */
export class LaneRequests<R extends CoreRecord> {
  readonly toRetry = new RetryList<R>();
  readonly backoff: Backoff;
  readonly suspects: Suspects<R>;
  readonly #batcher: Batcher<R>;
  readonly #delivery: DeliveryOptions;
  readonly #window: RequestWindow;
  readonly #counts: RequestCounts;
  #inFlight: Batch<R>[] = [];
  /** After a failure something else goes first, so that one bad batch can't hold up the others. */
  #freshFirst = false;

  constructor(batcher: Batcher<R>, delivery: DeliveryOptions, random: RandomSource, counts: RequestCounts) {
    this.#batcher = batcher;
    this.#delivery = delivery;
    this.backoff = new Backoff(random);
    this.suspects = new Suspects(random);
    this.#window = new RequestWindow(delivery, this.backoff);
    this.#counts = counts;
  }

  // ---- What goes out

  /** Whether another request may begin beside those in flight, as soon as the backoff is over. */
  mayBegin(isPressed: boolean): boolean {
    return this.#window.mayBegin(this.#inFlight.length, isPressed);
  }

  get prefersFresh(): boolean {
    return this.#freshFirst && this.toRetry.length < MAX_RETRIES_PER_REQUEST * this.#delivery.concurrency;
  }

  /** The first batch that may be tried again now. */
  takeRetry(nowMs: number): Batch<R> | undefined {
    return this.toRetry.take((batch) => nowMs >= this.suspects.notBeforeMs(batch));
  }

  begin(batch: Batch<R>, nowMs: number, latestDeadlineMs: number): void {
    this.#inFlight.push(batch);
    batch.attempt += 1;
    batch.sentAtMs = nowMs;
    batch.deadlineMs = Math.min(nowMs + this.#delivery.attemptTimeoutMs, latestDeadlineMs);
    this.suspects.sent(batch);
    this.#counts.begun += 1;
    if (batch.attempt > 1) this.#counts.begunAgain += 1;
  }

  // ---- What comes back

  /** Takes a batch out of flight. False when it was aborted before: its outcome no longer counts. */
  land(batch: Batch<R>): boolean {
    const at = this.#inFlight.indexOf(batch);
    if (at >= 0) this.#inFlight.splice(at, 1);
    return at >= 0;
  }

  /** Takes all out of flight. */
  landAll(): Batch<R>[] {
    const batches = this.#inFlight;
    this.#inFlight = [];
    return batches;
  }

  /** The back end had an answer for a batch, be it a bad one: it is there and well. */
  answered(isPressed: boolean): void {
    this.suspects.answered();
    this.#freshFirst = false;
    this.backoff.succeeded();
    this.#window.succeeded((batches) => isPressed || this.#batcher.hasBatches(batches));
  }

  /** The whole lane waits, and the batch is tried again. */
  failed(batch: Batch<R>, backoff: BackoffOptions, nowMs: number): void {
    this.toRetry.push(batch);
    this.#freshFirst = !this.#freshFirst;
    this.backoff.failed(batch.sentAtMs, backoff, nowMs);
  }

  /** A backlog gives no right to more requests than usual any longer. */
  narrow(): void {
    this.#window.narrow();
  }

  /** The batch makes the back end fail: the bad record is looked for by halves; alone, it waits on a clock of its own. */
  isolate(batch: Batch<R>, nowMs: number): void {
    if (batch.size > 1) {
      this.splitInTwo(batch, false);
      return;
    }
    this.toRetry.push(batch);
    this.suspects.backOff(nowMs);
  }

  /** The batch goes on as two. `byBytes` halves the size rather than the number. */
  splitInTwo(batch: Batch<R>, byBytes: boolean): void {
    this.#counts.splits += 1;
    const halves = this.#batcher.halve(batch, byBytes);
    for (const half of halves) this.suspects.inherit(half, batch);
    this.toRetry.putFirst(halves);
  }

  // ---- Clocks

  /** Batches in flight whose time is up. */
  overdue(nowMs: number): Batch<R>[] {
    return this.#inFlight.filter((batch) => nowMs >= batch.deadlineMs);
  }

  /** The process stood still: requests have at least as much time from now as it took from them. */
  forgiveStall(forMs: number, nowMs: number): void {
    const deadlineMs = nowMs + Math.min(forMs, this.#delivery.attemptTimeoutMs);
    for (const batch of this.#inFlight) batch.deadlineMs = Math.max(batch.deadlineMs, deadlineMs);
  }

  get nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#inFlight) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  /** When a batch may be tried again, but for the backoff. */
  retryDueMs(nowMs: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const batch of this.toRetry) dueMs = Math.min(dueMs, Math.max(this.suspects.notBeforeMs(batch), nowMs));
    return dueMs;
  }
}
