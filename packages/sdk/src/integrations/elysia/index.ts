/**
 * `everspan/elysia`: each request of an Elysia application is a trace, on Bun and on Node by `@elysiajs/node`.
 *
 * ```ts
 * import { everspanElysia } from "everspan/elysia";
 *
 * new Elysia().use(everspanElysia()).post("/chat", chat); // before the routes
 * ```
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { DEFAULT_FLUSH_MS } from "../lifecycle/flush-after.ts";
import { type RequestTraceOptions, serveRequest } from "../served-request/served-request.ts";
import { ElysiaRequest } from "./elysia-request.ts";

export type { RequestHeaders } from "../propagation/index.ts";
export type { IncomingRequest, RequestTraceOptions } from "../served-request/served-request.ts";

export interface EverspanElysiaOptions extends RequestTraceOptions {
  /** How long the flush may take that begins when the server is stopped, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The plugin. A request's span ends when its response is made, or with its streamed body: CANCELED when the client went
 * away before, ERROR for a status from 500. It is named by the route. What a handler throws stands in the span, unless it
 * is an answer (`status(404)`), and goes on unchanged. In a handler `tracer.activeSpan()` is the request's span, until
 * another begins. That the plugin has an error hook is seen in one thing: to a path without a route Elysia sends the same
 * text with its length in a header instead of in chunks. `app.stop()` begins a flush and does not wait for it:
 * `await tracer.shutdown()` does.
 */
export function everspanElysia(options: EverspanElysiaOptions = {}): <App>(app: App) => App {
  const requests = new WeakMap<Request, ElysiaRequest>();
  return (app) => {
    const hooked = app as ElysiaHooks;
    hooked.wrap((answer, request) => {
      const served = serveRequest(options, request);
      if (served === undefined) return answer;
      const one = new ElysiaRequest(served, request);
      requests.set(request, one);
      return (...args) => one.answerBy(() => answer(...args));
    });
    // Elysia reads in the source of a hook which parts of a request it needs: here as few as these.
    hooked.onAfterHandle(({ request, route, response }) => {
      quietly(() => requests.get(request)?.handled(route, response));
    });
    hooked.onError(({ request, error, route }) => {
      quietly(() => requests.get(request)?.failed(route, error));
    });
    hooked.onStop(() => {
      void (options.tracer ?? defaultTracer()).flush({ timeoutMs: options.timeoutMs ?? DEFAULT_FLUSH_MS });
    });
    return app;
  };
}

/** What the plugin uses of an Elysia application, version 1. */
interface ElysiaHooks {
  wrap(around: (answer: Answer, request: Request) => Answer): unknown;
  onAfterHandle(hook: (context: ElysiaContext & { readonly response: unknown }) => void): unknown;
  onError(hook: (context: ElysiaContext & { readonly error: unknown }) => void): unknown;
  onStop(hook: () => void): unknown;
}

type Answer = (...args: unknown[]) => unknown;

interface ElysiaContext {
  readonly request: Request;
  readonly route: unknown;
}
