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
  if (types.isPromise(promise) && memberOf(promise, "then") === nativeThenOf(promise)) {
    if (isPlain(promise)) return derived(promise, settling);
    observeItself(promise, settling);
  } else observeThenable(promise, span, settling);
  return promise;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> & object {
  return isTouchable(value) && methodOf(value, "then") !== undefined;
}

/** The language's own `then`, of the promise's realm. */
function nativeThenOf(promise: Promise<unknown>): unknown {
  if (isOfTheLanguage(promise)) return memberOf(Object.getPrototypeOf(promise), "then");
  return nativeThen;
}

/** Of the language's own class, of whichever realm. */
function isOfTheLanguage(promise: object): boolean {
  const prototype: object = Object.getPrototypeOf(promise);
  if (prototype === Promise.prototype) return true;
  const parent: object | null = Object.getPrototypeOf(prototype);
  return Object.hasOwn(prototype, "then") && parent !== null && Object.getPrototypeOf(parent) === null;
}

/** With nothing of its own: runtimes put symbols on promises, applications names. */
function isPlain(promise: object): boolean {
  return isOfTheLanguage(promise) && Object.getOwnPropertyNames(promise).length === 0;
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
 * A promise that stays the object that it is. A rejection that nobody handles by the time it comes goes on unhandled.
 * Whoever handles a subclass calls its `then`. One of the language's own, with properties, is awaited without that, but
 * not without a look at its `constructor`; who looks at that and handles nothing is taken for somebody who does.
 */
function observeItself(promise: Promise<unknown>, settling: Settling): void {
  let isHandled = false;
  let passedOn: Promise<unknown> | undefined;
  const own = Object.getOwnPropertyDescriptor(promise, "constructor");
  const constructor = memberOf(promise, "constructor");
  const handled = () => {
    isHandled = true;
    passedOn?.then(undefined, () => {});
  };
  const restore = () => {
    if (own === undefined) Reflect.deleteProperty(promise, "constructor");
    else Reflect.defineProperty(promise, "constructor", own);
  };
  // For the moment: deriving must not run the subclass's constructor.
  if (!replaceMethod(promise, "constructor", Promise as unknown as Method)) return;
  const isWatchedByThen = !isOfTheLanguage(promise);
  passedOn = nativeThen.call(
    promise,
    (value) => {
      if (!isWatchedByThen) restore();
      settling.fulfilled(value);
    },
    (error) => {
      settling.rejected(error);
      if (!isHandled) throw error;
      if (!isWatchedByThen) restore();
    },
  );
  restore();
  if (isWatchedByThen) {
    replaceMethod(promise, "then", function (this: unknown, ...args) {
      handled();
      return Reflect.apply(nativeThen, this, args);
    });
    return;
  }
  Reflect.defineProperty(promise, "constructor", {
    get: () => {
      handled();
      return constructor;
    },
    set: (value: Method) => void replaceMethod(promise, "constructor", value),
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
