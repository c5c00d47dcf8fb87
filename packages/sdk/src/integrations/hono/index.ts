import { type FlushAfterOptions, flushAfterBody, type WaitUntil, waitForFlush } from "../lifecycle/flush-after.ts";

export { drainOnClose } from "../express/index.ts";
export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { FlushAfterOptions, WaitUntil } from "../lifecycle/flush-after.ts";
export type { RequestHeaders } from "../propagation/index.ts";
export type { IncomingRequest, RequestTraceOptions } from "../served-request/served-request.ts";
export { type HonoRequestContextLike, traceRequests } from "./trace-requests.ts";

/** What the middleware uses of a Hono context. */
export interface HonoContextLike {
  res: Response;
  readonly req?: { readonly method?: string };
  readonly executionCtx: { waitUntil: WaitUntil };
}

/**
 * `app.use(everspanHono({ tracer }))`: on platforms with an execution context (Cloudflare Workers and their like), or
 * with a `waitUntil` given here, the spans of a request are flushed when its response's body has ended, when nobody
 * reads it, or when a handler has thrown. Elsewhere it does nothing: the tracer delivers in the background.
 */
export function everspanHono(
  options: FlushAfterOptions,
): (context: HonoContextLike, next: () => Promise<void>) => Promise<void> {
  return async (context, next) => {
    const waitUntil = options.waitUntil ?? platformWaitUntil(context);
    try {
      await next();
    } catch (error) {
      if (waitUntil !== undefined) waitForFlush(waitUntil, undefined, options);
      throw error;
    }
    if (waitUntil === undefined) return;
    const isBodyUnread = context.req?.method === "HEAD";
    context.res = flushAfterBody(context.res, waitUntil, { ...options, isBodyUnread });
  };
}

/** Hono throws where the platform has no execution context. */
function platformWaitUntil(context: HonoContextLike): WaitUntil | undefined {
  try {
    const { executionCtx } = context;
    return (promise) => executionCtx.waitUntil(promise);
  } catch {
    return undefined;
  }
}
