/** Results that go on after their procedure has returned: subscriptions, streamed answers, observables. */
import type { Following } from "../../recording/following/followed-span.ts";
import { followIterable, followIterator } from "../../recording/following/iterators.ts";
import { isTouchable, methodOf, replaceMethod } from "../../recording/following/members.ts";
import { followWebStream, isWebStream } from "../../recording/following/streams.ts";
import type { Span } from "../../recording/span/span.ts";

/** Items that are kept as the output, and what they may weigh together; later ones are only counted. */
const MAX_KEPT_ITEMS = 1_000;
const MAX_KEPT_BYTES = 1024 * 1024;

/** Ends the span now, with the result, or when what it brings has come to its end. The result stays the object it is. */
export function followResult(span: Span, data: unknown): void {
  if (span.isRecording && isTouchable(data) && isFollowed(data, new ProcedureStream(span))) return;
  if (span.output === undefined) span.output = data;
  span.end();
}

function isFollowed(data: object, stream: ProcedureStream): boolean {
  if (isWebStream(data)) return followWebStream(data, stream);
  if (methodOf(data, Symbol.asyncIterator) !== undefined) {
    return methodOf(data, "next") === undefined ? followIterable(data, stream) : followIterator(data, stream) === data;
  }
  const subscribe = methodOf(data, "subscribe");
  if (subscribe === undefined) return false;
  return replaceMethod(data, "subscribe", function (this: unknown, observer, ...rest) {
    const subscription = Reflect.apply(subscribe, this, [stream.observing(observer), ...rest]);
    const unsubscribe = isTouchable(subscription) ? methodOf(subscription, "unsubscribe") : undefined;
    if (unsubscribe === undefined) return subscription;
    replaceMethod(subscription as object, "unsubscribe", function (this: unknown, ...args) {
      stream.cancel();
      return Reflect.apply(unsubscribe, this, args);
    });
    return subscription;
  });
}

class ProcedureStream implements Following {
  readonly span: Span;
  readonly #items: unknown[] = [];
  #keptBytes = 0;
  #count = 0;

  constructor(span: Span) {
    this.span = span;
  }

  item(value: unknown): void {
    if (!this.span.isRecording) return;
    this.#count += 1;
    if (this.#items.length >= MAX_KEPT_ITEMS || this.#keptBytes >= MAX_KEPT_BYTES) return;
    const [captured, bytes] = this.span.captureItem(value);
    this.#items.push(captured);
    this.#keptBytes += bytes;
  }

  finish(): void {
    this.#end();
  }

  fail(error: unknown): void {
    if (this.span.isRecording) this.span.recordError(error);
    this.#end();
  }

  cancel(): void {
    if (this.span.isRecording) this.span.status = "CANCELED";
    this.#end();
  }

  /** Who serves procedures reads them to their end. */
  watch(): void {}

  /** The observer of a subscription's observable, who is told everything first by us. */
  observing(observer: unknown): unknown {
    if (!isTouchable(observer)) return observer;
    const told = (name: "next" | "error" | "complete", tell: (value: unknown) => void) => {
      return (value: unknown) => {
        tell(value);
        const method = methodOf(observer, name);
        return method === undefined ? undefined : Reflect.apply(method, observer, [value]);
      };
    };
    return {
      next: told("next", (value) => this.item(value)),
      error: told("error", (error) => this.fail(error)),
      complete: told("complete", () => this.finish()),
    };
  }

  #end(): void {
    if (!this.span.isRecording) return;
    if (this.span.output === undefined) this.span.output = this.#items;
    if (this.#count > this.#items.length) this.span.setData({ "everspan.items": this.#count });
    this.span.end();
  }
}
