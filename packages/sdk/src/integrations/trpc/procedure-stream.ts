/** Results that go on after their procedure has returned: subscriptions, streamed answers, observables. */
import { FollowedSpan } from "../../recording/following/followed-span.ts";
import { followIterable, followIterator } from "../../recording/following/iterators.ts";
import { isTouchable, methodOf, replaceMethod } from "../../recording/following/members.ts";
import { followWebStream, isWebStream } from "../../recording/following/streams.ts";
import type { Span } from "../../recording/span/span.ts";

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

class ProcedureStream extends FollowedSpan {
  /** Who serves procedures reads them to their end. */
  override watch(): void {}

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
}
