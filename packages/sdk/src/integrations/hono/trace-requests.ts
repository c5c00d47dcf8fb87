import type { IncomingMessage, ServerResponse } from "node:http";
import { quietly } from "../callbacks/quietly.ts";
import { DEFAULT_BODY_MS, DEFAULT_FLUSH_MS } from "../lifecycle/flush-after.ts";
import { watchBody } from "../lifecycle/response-body.ts";
import { serveNodeRequest } from "../served-request/node-request.ts";
import { type RequestTraceOptions, type ServedRequest, serveRequest } from "../served-request/served-request.ts";

/** What the middleware uses of a Hono context, version 4. */
export interface HonoRequestContextLike {
  readonly req: {
    readonly raw: Request;
    readonly matchedRoutes?: readonly { readonly method: string; readonly path: string }[];
  };
  res: Response;
  /** What a handler threw, and Hono has answered. */
  readonly error?: unknown;
  /** With `@hono/node-server` Node's own request and response are here. */
  readonly env?: unknown;
}

/**
 * `app.use(traceRequests())`, before everything that is to be in the trace: each request is one. Its span ends when the
 * response has been sent (on Node by `@hono/node-server`), elsewhere when it is made or with its streamed body: CANCELED when
 * the client went away before, ERROR for a status from 500, named by the route. What a handler throws stands in the span,
 * unless it is an answer (`HTTPException(404)`), and goes on unchanged. In a handler `tracer.activeSpan()` is the request's
 * span, until another begins. On a platform that freezes the process put `everspanHono` before it.
 */
export function traceRequests(
  options: RequestTraceOptions = {},
): (context: HonoRequestContextLike, next: () => Promise<void>) => Promise<void> {
  return async (context, next) => {
    const { incoming, outgoing } = nodeOf(context);
    const isOnNode = incoming !== undefined && outgoing !== undefined;
    const served = isOnNode
      ? serveNodeRequest(options, incoming, outgoing, (ended) => ended.matched(routeOf(context)))
      : serveRequest(options, context.req.raw);
    if (served === undefined) return next();
    try {
      await served.run(next);
    } catch (error) {
      served.fail(error);
      if (!isOnNode) served.end(undefined, false);
      throw error;
    }
    if (context.error !== undefined) served.fail(context.error);
    if (!isOnNode) quietly(() => endWithBody(served, context));
  };
}

function nodeOf({ env }: HonoRequestContextLike): { incoming?: IncomingMessage; outgoing?: ServerResponse } {
  return typeof env === "object" && env !== null ? env : {};
}

/** Middleware matches too, as ALL. */
function routeOf({ req }: HonoRequestContextLike): string | undefined {
  return req.matchedRoutes?.findLast(({ method }) => method !== "ALL")?.path;
}

/** To ask a response for its body turns text into a stream on some runtimes: asked only where it is one. */
function endWithBody(served: ServedRequest, context: HonoRequestContextLike): void {
  served.matched(routeOf(context));
  const { status, headers } = context.res;
  const { signal } = context.req.raw;
  const isStream =
    headers.has("transfer-encoding") || headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (!isStream || context.req.raw.method === "HEAD") {
    served.end(status, signal.aborted);
    return;
  }
  const watched = watchBody(context.res, { unreadMs: DEFAULT_FLUSH_MS, totalMs: DEFAULT_BODY_MS });
  context.res = watched.response;
  void watched.ended.then(() => served.end(status, signal.aborted));
}
