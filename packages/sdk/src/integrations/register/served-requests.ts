/**
 * Requests that the program serves by `node:http`, whatever framework stands on it: what is recorded while one is served
 * belongs to its span, which begins only then. A server's model calls are a trace for each request, not one for its life.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { extractTraceContext } from "../propagation/index.ts";
import { endRequestSpan, startRequestSpan } from "../served-request/served-request.ts";

const STARTED = "http.server.request.start";

interface Served {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedMs: number;
  span?: Span;
}

const served = new AsyncLocalStorage<Served>();

/** Every request from now on. @returns ends it */
export function followServedRequests(): () => void {
  const listener = (message: unknown) =>
    quietly(() => {
      const { request, response } = message as Pick<Served, "request" | "response">;
      served.enterWith({ request, response, startedMs: Date.now() });
    });
  subscribe(STARTED, listener);
  return () => void unsubscribe(STARTED, listener);
}

/** The span of the request that is served in this asynchronous context; it begins when it is first asked for. */
export function servedSpan(tracer: Pick<Tracer, "trace" | "startTrace">): Span | undefined {
  const store = served.getStore();
  if (store === undefined) return undefined;
  store.span ??= startServed(tracer, store);
  return store.span;
}

function startServed(tracer: Pick<Tracer, "trace" | "startTrace">, { request, response, startedMs }: Served): Span {
  const { method = "", url = "", headers } = request;
  const span = startRequestSpan(tracer, extractTraceContext(headers), { method, url }, startedMs);
  response.once("close", () => quietly(() => endRequestSpan(span, response.statusCode, !response.writableFinished)));
  return span;
}
