import type { Cancel, Clock } from "../../contract/clock.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";

export interface OpenSpansOptions {
  /**
   * How long a span may stay open, in milliseconds. After that it is sent as ended, with status `ERROR` and the error
   * type `Unended`. Its own end, should it still come, replaces that. Default 6 hours.
   */
  readonly maxAgeMs: number;
  /**
   * Most spans that may be open at the same time; with one more the oldest counts as unended immediately. With small
   * payloads 100 000 hold about 100 MB. Default 100 000.
   */
  readonly maxCount: number;
}

/** Spans that are due together are ended in slices with a pause between, so that the queue keeps room. */
const SLICE_SPANS = 500;
const SLICE_PAUSE_MS = 500;

/** What the registry needs of a span. */
export interface OpenSpan {
  readonly openPlace: OpenPlace;
  /** Sends the span as ended: nobody has called `end`. */
  endUnended(message: string): void;
}

/** A span's place among the open ones, in the order of their starts. */
export class OpenPlace {
  older: OpenSpan | undefined = undefined;
  newer: OpenSpan | undefined = undefined;
  /** When it started, by the monotonic clock. */
  sinceMs = Number.NEGATIVE_INFINITY;
}

/**
 * The spans that were started and not ended, oldest first, each with its neighbours in its own `openPlace`. Bounded, so
 * that an application that forgets `end()` costs a bounded amount of memory, and its spans are still reported.
 */
export class OpenSpans<S extends OpenSpan> {
  /** Spans that were sent as ended without their own end. */
  unended = 0;
  readonly #options: OpenSpansOptions;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  #oldest: OpenSpan | undefined = undefined;
  #newest: OpenSpan | undefined = undefined;
  #size = 0;
  #disarm: Cancel | undefined;

  constructor(options: OpenSpansOptions, clock: Clock, diagnostics: Diagnostics) {
    this.#options = options;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
  }

  get size(): number {
    return this.#size;
  }

  add(span: S, nowMs: number): void {
    span.openPlace.sinceMs = nowMs;
    const newest = this.#newest;
    if (newest === undefined) this.#oldest = span;
    else newest.openPlace.newer = span;
    span.openPlace.older = newest;
    this.#newest = span;
    this.#size += 1;
    const { maxAgeMs, maxCount } = this.#options;
    if (this.#size > maxCount) this.#endUnended(this.#oldest!, `more than ${maxCount} are open`);
    if (this.#disarm === undefined) this.#arm(maxAgeMs);
  }

  /** Nothing happens to a span that is not among them (any more). */
  delete(span: OpenSpan): void {
    const { older, newer } = span.openPlace;
    if (older === undefined && this.#oldest !== span) return;
    if (older === undefined) this.#oldest = newer;
    else older.openPlace.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.openPlace.older = older;
    span.openPlace.older = span.openPlace.newer = undefined;
    this.#size -= 1;
  }

  /** Empties the registry. */
  takeAll(): S[] {
    const spans: S[] = [];
    for (let span = this.#oldest; span !== undefined; span = this.#oldest) {
      spans.push(span as S);
      this.delete(span);
    }
    this.#disarm?.();
    this.#disarm = undefined;
    return spans;
  }

  #arm(delayMs: number): void {
    this.#disarm = this.#clock.schedule(() => this.#endOverdue(), delayMs, false);
  }

  #endOverdue(): void {
    this.#disarm = undefined;
    const { maxAgeMs } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    let left = SLICE_SPANS;
    for (let span = this.#oldest; span !== undefined; span = this.#oldest) {
      const leftMs = span.openPlace.sinceMs + maxAgeMs - nowMs;
      if (leftMs > 0 || left === 0) {
        this.#arm(Math.max(leftMs, SLICE_PAUSE_MS));
        return;
      }
      left -= 1;
      this.#endUnended(span, `open for ${maxAgeMs} ms`);
    }
  }

  #endUnended(span: OpenSpan, why: string): void {
    const message = `given up without end(): ${why}`;
    this.delete(span);
    this.unended += 1;
    span.endUnended(message);
    this.#diagnostics.warn("open spans", `a span is ${message}`, this.#clock.monotonicMs());
  }
}
