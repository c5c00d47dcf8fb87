import { BUSY_BACKOFF, type Lane, MAX_RETRY_AFTER_MS } from "everspan/internals";
import type { Mark } from "./marks.ts";
import type { LanePlan } from "./plan.ts";
import type { SimRecord } from "./sim-record.ts";
import { must } from "./violation.ts";

/** Since the first failure after the last success. */
interface Streak {
  failures: number;
  /** Sooner than this no honest draw of the jitter allows the next attempt. */
  earliestNextMs: number;
  readonly sinceMs: number;
  readonly splitsBefore: number;
  sends: number;
}

/** Nothing is suspected before it has failed so often. */
const FAILURES_BEFORE_SUSPICION = 3;

/** When a lane may send, as far as that can be known from outside: I9. */
export class RetryClockObserver {
  readonly #lane: Lane<SimRecord>;
  readonly #plan: LanePlan;
  readonly #mark: (mark: Mark) => void;
  /** What the back end asked for. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #streak: Streak | undefined;
  #lastFailureMs = Number.NEGATIVE_INFINITY;
  #splitsBefore = 0;
  /** A batch that fails while others get through is no sign of an outage: its halves don't wait as a lane does. */
  #hasSuspects = false;
  #hasSplitSuspect = false;
  readonly #failuresOf = new Map<number, number>();

  constructor(lane: Lane<SimRecord>, plan: LanePlan, mark: (mark: Mark) => void) {
    this.#lane = lane;
    this.#plan = plan;
    this.#mark = mark;
  }

  onSend(othersUnderWay: number, nowMs: number): void {
    must(nowMs >= this.#notBeforeMs, "I9", () => `sent ${this.#notBeforeMs - nowMs} ms before Retry-After`);
    const streak = this.#streak;
    if (streak === undefined) return;
    streak.sends += 1;
    if (this.#lane.ledger.queued > 0 && this.#plan.config.delivery.concurrency > 1) {
      this.#mark("a lane probed with one request while others waited");
    }
    if (this.#hasSuspects) {
      this.#checkSends(streak, nowMs);
      return;
    }
    must(nowMs >= streak.earliestNextMs, "I9", () => `attempt ${streak.failures + 1} came too soon after a failure`);
    must(othersUnderWay === 0, "I9", () => "more than one request finds out whether the back end is well");
  }

  /** With suspects there are two clocks, theirs and the lane's, and two requests for each split. */
  #checkSends(streak: Streak, nowMs: number): void {
    const byClocks = 2 * (1 + attemptsWithin(nowMs - streak.sinceMs));
    const bySplits = 2 * (this.#lane.requests.splits - streak.splitsBefore);
    const { concurrency, maxConcurrency = concurrency } = this.#plan.config.delivery;
    const allowed = byClocks + bySplits + maxConcurrency;
    must(streak.sends <= allowed, "I9", () => `${streak.sends} attempts, ${allowed} are allowed`);
  }

  onSuccess(): void {
    this.#streak = undefined;
  }

  onFailure(sent: readonly SimRecord[], sentAtMs: number, nowMs: number): void {
    this.#streak ??= { failures: 0, earliestNextMs: 0, sinceMs: nowMs, splitsBefore: this.#splitsBefore, sends: 0 };
    if (this.#hasSplitSuspect && sent.length === 1 && this.#plan.config.batch.maxRecords > 1) {
      this.#mark("a suspect was alone");
    }
    for (const { offer } of sent) this.#countFailure(offer.serial);
    if (sentAtMs <= this.#lastFailureMs) {
      this.#mark("a failure belonged to the same wave");
      return;
    }
    this.#streak.failures += 1;
    this.#lastFailureMs = nowMs;
    this.#streak.earliestNextMs = nowMs + shortestBackoffMs(this.#streak.failures);
  }

  #countFailure(serial: number): void {
    const failures = (this.#failuresOf.get(serial) ?? 0) + 1;
    this.#failuresOf.set(serial, failures);
    if (failures >= FAILURES_BEFORE_SUSPICION) this.#hasSuspects = true;
  }

  onRetryAfter(retryAfterMs: number | undefined, nowMs: number): void {
    if (Number.isNaN(retryAfterMs)) this.#mark("Retry-After was no number");
    if (retryAfterMs === undefined || !(retryAfterMs > 0)) return;
    if (retryAfterMs > MAX_RETRY_AFTER_MS) this.#mark("Retry-After was longer than its clamp");
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  }

  /** After each event: a split during a streak is that of a suspect. */
  noteSplits(): void {
    if (this.#lane.requests.splits > this.#splitsBefore && this.#streak !== undefined) {
      this.#mark("a suspect batch was split");
      this.#hasSplitSuspect = true;
    }
    this.#splitsBefore = this.#lane.requests.splits;
  }
}

function shortestBackoffMs(failures: number): number {
  return Math.min(BUSY_BACKOFF.maxMs, BUSY_BACKOFF.baseMs * 2 ** (failures - 1)) / 2;
}

/** How many attempts the shortest backoffs allow in a time without any success. */
function attemptsWithin(forMs: number): number {
  let attempts = 0;
  for (let sumMs = shortestBackoffMs(1); sumMs <= forMs; sumMs += shortestBackoffMs(attempts + 1)) attempts += 1;
  return attempts;
}
