/**
 * `everspan/undici`: the HTTP requests beneath a model call, of the global `fetch` and of the package `undici`.
 *
 * ```ts
 * import { registerEverspan } from "everspan/undici";
 *
 * registerEverspan(); // once, at start
 * ```
 *
 * A client that tries again, or goes through a proxy that answers instead of the model, shows each attempt as a span of its
 * own. Told by the diagnostics channels of Node.js: nothing is wrapped, and no body is read.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { defaultTracer } from "../../environment/default-tracer.ts";
import { memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";

export interface EverspanUndiciOptions {
  /** Default: the process's default tracer, asked for at each request. */
  readonly tracer?: Tracer | undefined;
  /** `model-calls`: requests that are made while a model call is the active span. `all`: those within any span. Default `model-calls`. */
  readonly under?: "model-calls" | "all" | undefined;
}

/** What the channels tell. */
interface Message {
  readonly request: { readonly origin?: unknown; readonly path?: unknown; readonly method?: unknown };
  readonly response?: { readonly statusCode?: unknown };
  readonly error?: unknown;
}

const FAILED_STATUS = 400;

/** Every request of the process from now on; none becomes the root of a trace. @returns ends it */
export function registerEverspan(options: EverspanUndiciOptions = {}): () => void {
  const spans = new WeakMap<object, Span>();
  const ending = (request: object): Span | undefined => {
    const span = spans.get(request);
    spans.delete(request);
    return span;
  };
  const listeners: Record<string, (message: Message) => void> = {
    "undici:request:create": ({ request }) => {
      const span = startAttempt(options, request);
      if (span !== undefined) spans.set(request, span);
    },
    "undici:request:headers": ({ request, response }) => {
      const span = spans.get(request);
      const status = response?.statusCode;
      if (span === undefined || typeof status !== "number") return;
      span.setData({ status, headersMs: span.nowMs() - startedMs.get(span)! });
      if (status >= FAILED_STATUS) span.status = "ERROR";
    },
    "undici:request:trailers": ({ request }) => ending(request)?.end(),
    "undici:request:error": ({ request, error }) => ending(request)?.recordError(error).end(),
  };
  const subscriptions = Object.entries(listeners).map(
    ([name, listener]) => [name, (message: unknown) => quietly(() => listener(message as Message))] as const,
  );
  for (const [name, listener] of subscriptions) subscribe(name, listener);
  return () => {
    for (const [name, listener] of subscriptions) unsubscribe(name, listener);
  };
}

const startedMs = new WeakMap<Span, number>();

function startAttempt(options: EverspanUndiciOptions, request: Message["request"]): Span | undefined {
  const tracer = options.tracer ?? defaultTracer();
  const active = tracer.activeSpan();
  if (active === undefined || (options.under !== "all" && active.type !== "COMPLETION")) return undefined;
  const method = String(memberOf(request, "method"));
  // A query may have credentials in it.
  const [path] = String(memberOf(request, "path")).split("?", 1);
  const url = `${String(memberOf(request, "origin"))}${path}`;
  const span = tracer.startSpan(`${method} ${path}`, { data: { kind: "http", method, url } });
  startedMs.set(span, span.nowMs());
  return span;
}
