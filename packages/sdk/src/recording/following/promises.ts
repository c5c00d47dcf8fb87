/**
 * What becomes of a promise, without changing what becomes of it: a rejection that nobody handles stays one that nobody
 * handles, and a `then` that starts work (a query builder's) is called by the application or not at all.
 */
import { types } from "node:util";
import type { SpanIdentity } from "../span/context.ts";
import { bindToCaller, withActiveSpan } from "../span/context.ts";
import { isTouchable, type Method, memberOf, methodOf, replaceMethod } from "./members.ts";

export interface Settling {
  /** The application has asked for the value. */
  readonly asked?: () => void;
  /** @returns what is handed on: the value itself */
  fulfilled<T>(value: T): T;
  rejected(error: unknown): void;
}

const nativeThen = Promise.prototype.then;

/**
 * A plain promise becomes one derived from it, a microtask later; everything else stays the object that it is. Why not
 * the plain one too: whoever looks on at a promise puts a second reaction on it, and an engine that finds two no longer
 * follows the promise to who awaits it. Every error thrown inside a span would lose the async callers from its stack,
 * which is read far more often than a promise is compared with another. A derived promise keeps them, and nobody can
 * tell of a plain one whether its rejection is handled. Where a promise has properties of its own these are worth more
 * than the stack.
 *
 * @returns the promise to hand on
 */
export function observe(promise: object, span: SpanIdentity, settling: Settling): object {
  if (isPlainPromise(promise)) return derived(promise, settling);
  const isNative = types.isPromise(promise) && memberOf(promise, "then") === nativeThen;
  if (isNative && !Object.hasOwn(promise, "constructor")) observeItself(promise as Promise<unknown>, settling);
  else observeThenable(promise, span, settling);
  return promise;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> & object {
  return isTouchable(value) && methodOf(value, "then") !== undefined;
}

/** One of the language's own, of whichever realm, with nothing of its own: runtimes put symbols on it, applications names. */
function isPlainPromise(value: object): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.getOwnPropertyNames(value).length > 0) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  const parent: object | null = prototype && Object.getPrototypeOf(prototype);
  return !!parent && Object.hasOwn(prototype!, "then") && Object.getPrototypeOf(parent) === null;
}

function derived(promise: Promise<unknown>, settling: Settling): Promise<unknown> {
  return promise.then(
    (value) => settling.fulfilled(value),
    (error) => {
      settling.rejected(error);
      throw error;
    },
  );
}

/**
 * A promise that stays the object that it is. A rejection that nobody handles by the time it comes goes on unhandled:
 * whoever handles it looks at its `constructor`, be it by `then` or by `await`. Who looks there and handles nothing is
 * taken for somebody who does.
 */
function observeItself(promise: Promise<unknown>, settling: Settling): void {
  const value = memberOf(promise, "constructor");
  let isHandled = false;
  const restore = () => Reflect.deleteProperty(promise, "constructor");
  // For the moment: deriving must not run a subclass's constructor.
  if (!replaceMethod(promise, "constructor", Promise as unknown as Method)) return;
  const passedOn = nativeThen.call(
    promise,
    (value) => {
      restore();
      settling.fulfilled(value);
    },
    (error) => {
      settling.rejected(error);
      if (!isHandled) throw error;
      restore();
    },
  );
  Reflect.defineProperty(promise, "constructor", {
    get() {
      isHandled = true;
      passedOn.catch(() => {});
      return value;
    },
    configurable: true,
  });
}

/** Watches the application's own call of `then`, which runs in the span; its handlers run where they were given. */
function observeThenable(thenable: object, span: SpanIdentity, settling: Settling): void {
  const then = methodOf(thenable, "then")!;
  replaceMethod(thenable, "then", function (this: unknown, onFulfilled, onRejected, ...rest) {
    if (this !== thenable) return Reflect.apply(then, this, [onFulfilled, onRejected, ...rest]);
    settling.asked?.();
    const bind = bindToCaller();
    const fulfilled = (value: unknown, ...more: unknown[]) => {
      const same = settling.fulfilled(value);
      return typeof onFulfilled === "function" ? bind(() => onFulfilled(same, ...more)) : same;
    };
    const rejected = (error: unknown, ...more: unknown[]) => {
      settling.rejected(error);
      if (typeof onRejected !== "function") throw error;
      return bind(() => onRejected(error, ...more));
    };
    return withActiveSpan(span, () => Reflect.apply(then, thenable, [fulfilled, rejected, ...rest]));
  });
}
