/**
 * `everspan/koa`: each request of a Koa application is a trace.
 *
 * ```ts
 * import { everspanKoa } from "everspan/koa";
 *
 * app.use(everspanKoa()); // before everything that is to be in the trace
 * ```
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { serveNodeRequest } from "../served-request/node-request.ts";
import type { RequestTraceOptions } from "../served-request/served-request.ts";

export { drainOnClose } from "../express/index.ts";
export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { RequestHeaders } from "../propagation/index.ts";
export type { IncomingRequest, RequestTraceOptions } from "../served-request/served-request.ts";

/** What the middleware uses of a Koa context, versions 2 and 3. */
export interface KoaContextLike {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/**
 * Runs what comes after it in the request's span, which ends when the response has been sent, its streamed body
 * included: CANCELED when the client went away before, ERROR for a status from 500. What is thrown goes on unchanged and
 * stands in the span, unless it is an answer (`ctx.throw(404)`). With `@koa/router` the span is named by the route. In a
 * handler `tracer.activeSpan()` is the request's span, until another begins.
 */
export function everspanKoa(
  options: RequestTraceOptions = {},
): (context: KoaContextLike, next: () => Promise<unknown>) => Promise<unknown> {
  return (context, next) => {
    const served = serveNodeRequest(options, context.req, context.res, (ended) => {
      // Where the router says it.
      ended.matched((context as { readonly _matchedRoute?: unknown })._matchedRoute);
    });
    if (served === undefined) return next();
    return served.run(next).catch((error: unknown) => {
      served.fail(error);
      throw error;
    });
  };
}
