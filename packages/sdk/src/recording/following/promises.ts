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
 * @returns the promise to hand on. A plain promise becomes one derived from it, because nobody can tell whether its
 * rejection is handled; everything else stays the object that it is
 */
export function observe(promise: object, span: SpanIdentity, settling: Settling): object {
  if (isPlainPromise(promise)) return derived(promise, settling);
  if (types.isPromise(promise) && memberOf(promise, "then") === nativeThen) observeSubclass(promise, settling);
  else observeThenable(promise, span, settling);
  return promise;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> & object {
  return isTouchable(value) && methodOf(value, "then") !== undefined;
}

/** One of the language's own promises, of whichever realm, with nothing of its own. */
function isPlainPromise(value: object): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.hasOwn(value, "then") || Object.hasOwn(value, "constructor")) return false;
  const prototype: object = Object.getPrototypeOf(value);
  if (prototype === Promise.prototype) return true;
  const parent: object | null = Object.getPrototypeOf(prototype);
  return Object.hasOwn(prototype, "then") && parent !== null && Object.getPrototypeOf(parent) === null;
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
 * A subclass that keeps the language's `then`. Whoever awaits it calls `then`, so it is known whether the application
 * handles a rejection by the time it comes; if not, the rejection goes on unhandled.
 */
function observeSubclass(promise: Promise<unknown>, settling: Settling): void {
  let isHandled = false;
  let passedOn: Promise<unknown> | undefined;
  const isWatched = replaceMethod(promise, "then", function (this: unknown, ...args) {
    isHandled = true;
    passedOn?.then(undefined, () => {});
    return Reflect.apply(nativeThen, this, args);
  });
  if (!isWatched) return;
  const rejected = (error: unknown) => {
    settling.rejected(error);
    if (!isHandled) throw error;
  };
  // Without a constructor of its own for the moment: deriving must not run the subclass's constructor.
  const hidesConstructor = replaceMethod(promise, "constructor", Promise as unknown as Method);
  passedOn = nativeThen.call(promise, (value) => void settling.fulfilled(value), rejected);
  if (hidesConstructor) Reflect.deleteProperty(promise, "constructor");
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
