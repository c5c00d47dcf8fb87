import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { DrainableTracer } from "../lifecycle/drainable.ts";
import { DEFAULT_BODY_MS, DEFAULT_FLUSH_MS, type FlushAfterOptions, waitForFlush } from "../lifecycle/flush-after.ts";
import { serveNodeRequest } from "../served-request/node-request.ts";
import type { RequestTraceOptions } from "../served-request/served-request.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { FlushAfterOptions, WaitUntil } from "../lifecycle/flush-after.ts";
export type { RequestHeaders } from "../propagation/index.ts";
export type { IncomingRequest, RequestTraceOptions } from "../served-request/served-request.ts";

/**
 * `drainOnClose(app.listen(3000), tracer)`: when the server has closed (its last request is over), what is pending is
 * delivered. The tracer goes on: what the application records while it ends is accepted, and delivered by
 * `tracer.shutdown()` or when the process ends by itself.
 *
 * @param options.timeoutMs how long that may take, in milliseconds; default 5 000
 * @returns a promise that resolves when it is done; never rejects
 */
export function drainOnClose(
  server: Server,
  tracer: DrainableTracer,
  options: { readonly timeoutMs?: number } = {},
): Promise<void> {
  return new Promise((resolve) => {
    server.once("close", () => {
      void tracer.flush({ timeoutMs: options.timeoutMs ?? DEFAULT_FLUSH_MS }).then(() => resolve());
    });
  });
}

/** Middleware for platforms that freeze the process after a response: a flush when the response's body has been sent. */
export function everspanExpress(
  options: FlushAfterOptions & { readonly waitUntil: NonNullable<FlushAfterOptions["waitUntil"]> },
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (_request, response, next) => {
    const ended = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, options.bodyTimeoutMs ?? DEFAULT_BODY_MS).unref();
      response.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    waitForFlush(options.waitUntil, ended, options);
    next();
  };
}

/**
 * `app.use(traceRequests())`, before everything that is to be in the trace: each request is one. Its span ends when the
 * response has been sent: CANCELED when the client went away before, ERROR for a status from 500, named by the route that
 * was matched. In a handler `tracer.activeSpan()` is the request's span, until another begins.
 */
export function traceRequests(
  options: RequestTraceOptions = {},
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    const served = serveNodeRequest(options, request, response, (ended) => ended.matched(routeOf(request)));
    if (served === undefined) next();
    else served.run(next);
  };
}

/** A router's own path before the route's. */
function routeOf(request: IncomingMessage): string | undefined {
  const { baseUrl, route } = request as { readonly baseUrl?: unknown; readonly route?: { readonly path?: unknown } };
  return typeof route?.path === "string" ? `${String(baseUrl ?? "")}${route.path}` : undefined;
}
