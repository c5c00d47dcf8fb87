/** A span whose operation goes on after the function that began it has returned. */
import type { Span } from "../span/span.ts";

/** Items that are kept as the output, and what they may weigh together; later ones are only counted. */
const MAX_KEPT_ITEMS = 1_000;
const MAX_KEPT_BYTES = 1024 * 1024;

/** Ends the spans of results that the application let go of without consuming them. */
const collected = new FinalizationRegistry<FollowedSpan>((followed) => followed.abandon());

/** What an iteration tells its follower. */
export interface Following {
  readonly span: Span;
  item(value: unknown): void;
  /** @param returned what a generator returned beside what it yielded */
  finish(returned?: unknown): void;
  fail(error: unknown): void;
  /** The operation was stopped, without an error. */
  cancel(): void;
  /** Nothing but this is left to consume. */
  watch(result: object): void;
}

/**
 * Collects what comes out of a result and ends the span once, at the first of several ends. Holds nothing of the
 * result itself: a result that nobody consumes must be collectable.
 */
export class FollowedSpan implements Following {
  readonly span: Span;
  readonly #items: unknown[] = [];
  #keptBytes = 0;
  #count = 0;
  #isStream = false;
  #lastActiveMs: number;

  constructor(span: Span) {
    this.span = span;
    this.#lastActiveMs = span.nowMs();
  }

  /** Ends the span when `result`, and no longer what was watched before, is collected before it was consumed. */
  watch(result: object): void {
    this.unwatch();
    if (this.isOpen) collected.register(result, this, this);
  }

  /** Something that the application waits for will tell of the end. */
  unwatch(): void {
    collected.unregister(this);
  }

  get isOpen(): boolean {
    return this.span.isRecording;
  }

  /** One item, captured as it is now: the application may go on changing it. */
  item(value: unknown): void {
    if (!this.isOpen) return;
    this.#isStream = true;
    this.#count += 1;
    this.#lastActiveMs = this.span.nowMs();
    if (this.#items.length >= MAX_KEPT_ITEMS || this.#keptBytes >= MAX_KEPT_BYTES) return;
    const [captured, bytes] = this.span.captureItem(value);
    this.#items.push(captured);
    this.#keptBytes += bytes;
  }

  /** The stream came to its end. @param returned what a generator returned beside what it yielded */
  finish(returned?: unknown): void {
    if (!this.isOpen) return;
    if (returned !== undefined) this.span.setData({ "everspan.returned": returned });
    this.#isStream = true;
    this.#end();
  }

  succeed(value: unknown): void {
    if (!this.isOpen) return;
    if (this.span.output === undefined) this.span.output = value;
    this.#end();
  }

  fail(error: unknown): void {
    if (!this.isOpen) return;
    this.span.recordError(error);
    this.#end();
  }

  /** The application stopped it, without an error. */
  cancel(): void {
    if (!this.isOpen) return;
    this.span.status = "CANCELED";
    this.#end();
  }

  /** It will never be consumed: the span lasted as long as something was seen of it. */
  abandon(): void {
    if (!this.isOpen) return;
    this.span.setData({ "everspan.unconsumed": true });
    this.#end(this.#lastActiveMs);
  }

  #end(atMs?: number): void {
    this.unwatch();
    if (this.#isStream && this.span.output === undefined) this.span.output = this.#items;
    if (this.#count > this.#items.length) this.span.setData({ "everspan.items": this.#count });
    this.span.endAt(atMs);
  }
}
