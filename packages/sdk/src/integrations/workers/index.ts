import { type FlushAfterOptions, flushAfter, waitForFlush } from "../lifecycle/flush-after.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { FlushAfterOptions, WaitUntil } from "../lifecycle/flush-after.ts";

/** What is used of a handler's execution context. */
export interface ExecutionContextLike {
  waitUntil(promise: Promise<unknown>): void;
}

type Handler = (event: unknown, env: unknown, context: ExecutionContextLike, ...rest: unknown[]) => unknown;

/**
 * Wraps a Cloudflare Worker's handlers: `export default withEverspan({ tracer }, { async fetch(request, env, ctx) { … } })`.
 * After each event (`fetch`, `scheduled`, `queue`, `email` and what else is a function of the object) its spans are
 * flushed, and the context's `waitUntil` keeps the event alive meanwhile, `timeoutMs` at most: for `fetch` when the response's body
 * has ended or nobody reads it, for the others when the handler has settled. What a handler returns or throws goes on
 * unchanged. The object is a new one with the same prototype.
 */
export function withEverspan<Handlers extends object>(
  options: Omit<FlushAfterOptions, "waitUntil">,
  handlers: Handlers,
): Handlers {
  const members = Object.getOwnPropertyDescriptors(handlers) as Record<string, PropertyDescriptor>;
  for (const [name, member] of Object.entries(members)) {
    if (typeof member.value !== "function") continue;
    const handler = member.value as Handler;
    member.value = name === "fetch" ? flushedFetch(options, handler) : flushed(options, handler);
  }
  return Object.create(Object.getPrototypeOf(handlers), members) as Handlers;
}

function flushedFetch(options: FlushAfterOptions, handler: Handler): Handler {
  return function (this: unknown, ...event) {
    const isBodyUnread = (event[0] as Request | undefined)?.method === "HEAD";
    const respond = () => Reflect.apply(handler, this, event) as Response | Promise<Response>;
    return flushAfter(respond, waitUntilOf(event[2]), { ...options, isBodyUnread });
  };
}

function flushed(options: FlushAfterOptions, handler: Handler): Handler {
  return function (this: unknown, ...event) {
    const waitUntil = waitUntilOf(event[2]);
    let result: unknown;
    try {
      result = Reflect.apply(handler, this, event);
      return result;
    } finally {
      const ended = Promise.resolve(result).catch(() => {});
      if (waitUntil !== undefined) waitForFlush(waitUntil, ended, options);
    }
  };
}

function waitUntilOf(context: ExecutionContextLike | undefined) {
  if (typeof context?.waitUntil !== "function") return undefined;
  return (promise: Promise<unknown>) => context.waitUntil(promise);
}
