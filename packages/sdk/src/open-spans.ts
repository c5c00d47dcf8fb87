import type { Cancel, Clock } from "./clock.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Span } from "./span.ts";

export interface OpenSpansOptions {
  /**
   * How long a span may stay open, in milliseconds. After that it is given up: sent as ended, with status `ERROR` and
   * the error type `NeverEnded`. Its own end, should it still come, stands instead. Default 6 hours.
   */
  readonly maxAgeMs: number;
  /** Most spans that may be open at once; beyond it the oldest is given up at once. Default 100 000. */
  readonly maxCount: number;
}

/** When many are due at once they are given up so many at a time, with a pause between, so that the queue keeps room. */
const SLICE_SPANS = 500;
const SLICE_PAUSE_MS = 500;

/**
 * The spans that were started and not ended, oldest first: bounded, so that an application that forgets `end()` costs a
 * bounded amount of memory and its spans are still told of.
 */
export class OpenSpans {
  /** Spans that were given up. */
  neverEnded = 0;
  readonly #options: OpenSpansOptions;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #spans = new Set<Span>();
  /** Never begun anew: a fresh iterator would walk over all that was removed before. What it has passed is removed. */
  readonly #oldestFirst = this.#spans.values();
  #disarm: Cancel | undefined;

  constructor(options: OpenSpansOptions, clock: Clock, diagnostics: Diagnostics) {
    this.#options = options;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
  }

  get size(): number {
    return this.#spans.size;
  }

  add(span: Span): void {
    const { maxAgeMs, maxCount } = this.#options;
    this.#spans.add(span);
    if (this.#spans.size > maxCount)
      this.#giveUp(this.#oldestFirst.next().value!, `more than ${maxCount} spans are open`);
    if (this.#disarm === undefined) this.#arm(maxAgeMs);
  }

  delete(span: Span): void {
    this.#spans.delete(span);
  }

  /** Empties the registry. */
  takeAll(): Span[] {
    const spans = [...this.#spans];
    this.#spans.clear();
    this.#disarm?.();
    this.#disarm = undefined;
    return spans;
  }

  #arm(delayMs: number): void {
    this.#disarm = this.#clock.schedule(() => this.#giveUpOverdue(), delayMs, false);
  }

  #giveUpOverdue(): void {
    this.#disarm = undefined;
    const { maxAgeMs } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    let left = SLICE_SPANS;
    for (const span of this.#spans) {
      const leftMs = span.startMonotonicMs + maxAgeMs - nowMs;
      if (leftMs > 0 || left === 0) {
        this.#arm(Math.max(leftMs, SLICE_PAUSE_MS));
        return;
      }
      left -= 1;
      this.#giveUp(span, `open for ${maxAgeMs} ms`);
    }
  }

  #giveUp(span: Span, why: string): void {
    this.#spans.delete(span);
    this.neverEnded += 1;
    span.giveUp(`${why}, and end() was not called`);
    this.#diagnostics.warn(
      "open spans",
      `a span is given up: ${why}, and end() was not called`,
      this.#clock.monotonicMs(),
    );
  }
}
