import { withActiveSpan } from "./context.ts";
import type { Span } from "./span.ts";

/** Items of an async iteration that are kept as its output; later ones are only counted. */
const MAX_KEPT_ITEMS = 1_000;

/** Runs `run` and ends the span when its result is complete: returned, settled or iterated to its end. */
export function runInSpan<T>(span: Span, run: () => T): T {
  let result: T;
  try {
    result = run();
  } catch (error) {
    throw failed(span, error);
  }
  return ended(span, result);
}

function ended<T>(span: Span, result: T): T {
  if (!span.isRecording) return result;
  if (isThenable(result)) return endedByPromise(span, result) as T;
  if (isAsyncIterable(result)) return endedByIteration(span, result) as T;
  succeeded(span, result);
  return result;
}

function succeeded(span: Span, result: unknown): void {
  if (span.output === undefined) span.output = result;
  span.end();
}

function failed(span: Span, error: unknown): unknown {
  span.recordError(error);
  span.end();
  return error;
}

/**
 * A native promise is continued, so that a rejection nobody handles is still nobody's. Other thenables carry methods
 * of their own (a model client's `withResponse()`): they are returned as they came and only listened to.
 */
function endedByPromise(span: Span, result: PromiseLike<unknown>): PromiseLike<unknown> {
  const fulfil = (value: unknown) => {
    if (isAsyncIterable(value)) return endedByIteration(span, value);
    succeeded(span, value);
    return value;
  };
  if (result instanceof Promise && result.constructor === Promise) {
    return result.then(fulfil, (error) => {
      throw failed(span, error);
    });
  }
  result.then(
    (value) => succeeded(span, value),
    (error) => void failed(span, error),
  );
  return result;
}

/** The same object, but its iteration runs in the span and ends it. */
function endedByIteration(span: Span, result: AsyncIterable<unknown>): AsyncIterable<unknown> {
  const items: unknown[] = [];
  let count = 0;
  const finish = () => {
    if (count > items.length) span.setData({ "everspan.items": count });
    succeeded(span, items);
  };
  const watch = async (step: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    try {
      const next = await withActiveSpan(span, step);
      if (next.done) {
        finish();
      } else {
        count += 1;
        if (items.length < MAX_KEPT_ITEMS) items.push(next.value);
      }
      return next;
    } catch (error) {
      throw failed(span, error);
    }
  };
  const watched = (iterator: AsyncIterator<unknown>) => ({
    next: (...args: [] | [unknown]) => watch(() => iterator.next(...args)),
    return: async (value?: unknown) => {
      const next = (await iterator.return?.(value)) ?? { done: true as const, value };
      finish();
      return next;
    },
    throw: (error: unknown) => watch(() => iterator.throw?.(error) ?? Promise.reject(error)),
  });
  let own: ReturnType<typeof watched> | undefined;
  return new Proxy(result, {
    get(target, name) {
      if (name === Symbol.asyncIterator) {
        return () => {
          const iterator = { ...watched(target[Symbol.asyncIterator]()), [Symbol.asyncIterator]: () => iterator };
          return iterator;
        };
      }
      if (name === "next" || name === "return" || name === "throw") {
        if (typeof (target as Partial<AsyncIterator<unknown>>)[name] !== "function") return undefined;
        own ??= watched(target as unknown as AsyncIterator<unknown>);
        return own[name];
      }
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return has(value, "then");
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return has(value, Symbol.asyncIterator);
}

/** A result may be anything, revoked proxies included. */
function has(value: unknown, method: PropertyKey): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    return typeof (value as Record<PropertyKey, unknown>)[method] === "function";
  } catch {
    return false;
  }
}
