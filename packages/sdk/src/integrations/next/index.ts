import { type FlushAfterOptions, flushAfter, type WaitUntil } from "../lifecycle/flush-after.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { FlushAfterOptions, WaitUntil } from "../lifecycle/flush-after.ts";

/** Where Next and its hosts publish the request's `waitUntil` (documented for self-hosting `after`), and Vercel its functions'. */
const REQUEST_CONTEXTS = [Symbol.for("@next/request-context"), Symbol.for("@vercel/request-context")];

/**
 * Wraps a route handler of Next, or a function of Vercel's: `export const POST = withEverspan({ tracer }, async (request) => …)`. The spans of a request
 * are flushed when its response's body has ended, when nobody reads it, or when the handler has thrown, and the
 * platform waits for it by its `waitUntil`, or the one given. A response of a subclass stays one; an error goes on as
 * it came.
 */
export function withEverspan<Args extends unknown[]>(
  options: FlushAfterOptions,
  handler: (...args: Args) => Response | Promise<Response>,
): (...args: Args) => Promise<Response> {
  return (...args) =>
    flushAfter(() => handler(...args), options.waitUntil ?? platformWaitUntil(), {
      ...options,
      isBodyUnread: isHead(args[0]),
    });
}

function isHead(request: unknown): boolean {
  return typeof request === "object" && request !== null && (request as Request).method === "HEAD";
}

function platformWaitUntil(): WaitUntil | undefined {
  const places = globalThis as unknown as Record<symbol, { get?(): { waitUntil?: WaitUntil } | undefined } | undefined>;
  for (const place of REQUEST_CONTEXTS) {
    const waitUntil = places[place]?.get?.()?.waitUntil;
    if (waitUntil !== undefined) return waitUntil;
  }
  return undefined;
}
