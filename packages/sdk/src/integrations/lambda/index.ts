import type { DrainableTracer } from "../lifecycle/drainable.ts";
import { DEFAULT_FLUSH_MS } from "../lifecycle/flush-after.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";

export interface EverspanLambdaOptions {
  readonly tracer: DrainableTracer;
  /** How long a flush may take, in milliseconds; never longer than the invocation has left. Default 5 000. */
  readonly timeoutMs?: number | undefined;
}

/** What is left of an invocation's time for Lambda itself. */
const RESERVE_MS = 100;

/**
 * Wraps a handler of AWS Lambda: `export const handler = withEverspan({ tracer }, async (event) => …)`. Lambda freezes the
 * process as soon as the handler's promise settles or its callback is called, so its spans are flushed before that. A
 * streaming handler is wrapped before Lambda's own wrapper for it: who reads its stream waits for nothing. What the
 * handler returns or throws goes on unchanged, and so do properties that mark it. Never shut the tracer down: the process
 * serves other invocations.
 */
export function withEverspan<Fn extends (...args: never[]) => unknown>(
  options: EverspanLambdaOptions,
  handler: Fn,
): Fn {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const flush = () => flushed(options, remainingMs(args));
    const answered = args.findIndex((arg, at) => at >= 2 && typeof arg === "function");
    if (answered >= 0) {
      const callback = args[answered] as (...answer: unknown[]) => void;
      args[answered] = (...answer: unknown[]) => void flush().then(() => callback(...answer));
    }
    const result = Reflect.apply(handler, this, args) as unknown;
    return isPromise(result) ? settledAfter(result, flush) : result;
  };
  return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(handler)) as unknown as Fn;
}

async function settledAfter<T>(result: PromiseLike<T>, flush: () => Promise<void>): Promise<T> {
  try {
    return await result;
  } finally {
    await flush();
  }
}

/** Never rejects. Without time it waits for nothing: the next invocation sends what is left. */
async function flushed({ tracer, timeoutMs = DEFAULT_FLUSH_MS }: EverspanLambdaOptions, leftMs: number): Promise<void> {
  const patienceMs = Math.min(timeoutMs, leftMs - RESERVE_MS);
  if (patienceMs <= 0) return;
  await tracer.flush({ timeoutMs: patienceMs }).catch(() => {});
}

/** The context is the last argument but a callback. */
function remainingMs(args: readonly unknown[]): number {
  for (const arg of args.toReversed()) {
    const { getRemainingTimeInMillis } = Object(arg) as { getRemainingTimeInMillis?: unknown };
    if (typeof getRemainingTimeInMillis !== "function") continue;
    const leftMs = Number(Reflect.apply(getRemainingTimeInMillis, arg, []));
    return Number.isNaN(leftMs) ? Number.POSITIVE_INFINITY : leftMs;
  }
  return Number.POSITIVE_INFINITY;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
