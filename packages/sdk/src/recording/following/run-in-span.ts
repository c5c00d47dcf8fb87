/**
 * Runs a function in a span that ends when its result is complete: returned, settled, or consumed to its end.
 *
 * The application gets what it would get without us. The one exception is a plain promise, which is handed on as one
 * that is derived from it: same value, same error with the same stack, unhandled if nobody handles it, one microtask
 * later. `observe` says why.
 */
import { types } from "node:util";
import type { Span } from "../span/span.ts";
import { FollowedSpan } from "./followed-span.ts";
import { followIterable, followIterator } from "./iterators.ts";
import { isTouchable, memberOf, methodOf, replaceMethod } from "./members.ts";
import { isThenable, observe, type Settling } from "./promises.ts";
import {
  followEventStream,
  followReadable,
  followWebStream,
  isEventStream,
  isNodeStream,
  isReadOnly,
  isWebStream,
} from "./streams.ts";

export function runInSpan<T>(span: Span, run: () => T): T {
  let result: T;
  try {
    result = run();
  } catch (error) {
    span.recordError(error);
    span.end();
    throw error;
  }
  if (!span.isRecording) return result;
  if (isTouchable(result)) return handOn(result, new FollowedSpan(span)) as T;
  if (span.output === undefined) span.output = result;
  span.end();
  return result;
}

/** @returns what the application gets in the result's place */
function handOn(result: object, followed: FollowedSpan): object {
  if (!isThenable(result)) return whenConsumed(result, followed);
  let isSettled = false;
  const settling: Settling = {
    asked: () => followed.unwatch(),
    fulfilled: (value) => {
      if (isSettled) return value;
      isSettled = true;
      followed.unwatch();
      if (!isTouchable(value)) followed.succeed(value);
      // A thenable can't be what a promise was fulfilled with, but a broken one is handed on all the same.
      else if (!isThenable(value)) whenConsumed(value, followed);
      else followed.succeed(undefined);
      return value;
    },
    rejected: (error) => followed.fail(error),
  };
  const handedOn = observe(result, followed.span, settling);
  if (handedOn === result) {
    followApiPromise(result, followed, settling);
    if (methodOf(result, Symbol.asyncIterator) !== undefined) followIterable(result, followed);
    followed.watch(result);
  }
  return handedOn;
}

/** Follows what is consumed after it was returned; anything else is complete. @returns the same object */
function whenConsumed(result: object, followed: FollowedSpan): object {
  followed.watch(result);
  if (!follow(result, followed)) followed.succeed(result);
  return result;
}

function follow(result: object, followed: FollowedSpan): boolean {
  if (types.isGeneratorObject(result)) return followIterator(result, followed) === result;
  if (isEventStream(result)) return followEventStream(result, followed);
  if (isWebStream(result)) return followWebStream(result, followed);
  if (isNodeStream(result)) return isReadOnly(result) && followReadable(result, followed);
  const body = bodyOf(result);
  if (body !== undefined) {
    followed.span.output = result;
    followed.watch(body);
    return followWebStream(body, followed);
  }
  if (methodOf(result, Symbol.asyncIterator) === undefined || isPage(result)) return false;
  return followIterable(result, followed);
}

/** A response's body that nobody has read yet. */
function bodyOf(result: object): object | undefined {
  if (!(result instanceof Response) || result.bodyUsed) return undefined;
  return isTouchable(result.body) ? result.body : undefined;
}

/** A page of a list is complete, although iterating it would ask for the pages that follow. */
function isPage(result: object): boolean {
  return methodOf(result, "getNextPage") !== undefined || methodOf(result, "iterPages") !== undefined;
}

/**
 * The promises of generated model clients have ways past `then`: `parse`, on which `then` and `withResponse` stand, and
 * `asResponse`.
 */
function followApiPromise(result: object, followed: FollowedSpan, settling: Settling): void {
  const parse = methodOf(result, "parse");
  const asResponse = methodOf(result, "asResponse");
  if (parse === undefined || asResponse === undefined || memberOf(result, "responsePromise") === undefined) return;
  let isParsed = false;
  replaceMethod(result, "parse", function (this: unknown, ...args) {
    isParsed = true;
    followed.unwatch();
    const parsed = Reflect.apply(parse, this, args);
    return isThenable(parsed) ? observe(parsed, followed.span, settling) : parsed;
  });
  replaceMethod(result, "asResponse", function (this: unknown, ...args) {
    const response = Reflect.apply(asResponse, this, args);
    return isParsed || !isThenable(response) ? response : observe(response, followed.span, settling);
  });
}
