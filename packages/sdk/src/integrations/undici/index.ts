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
import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { addressOf, followRequests, type UndiciRequest } from "./requests.ts";

export interface EverspanUndiciOptions {
  /** Default: the process's default tracer, asked for at each request. */
  readonly tracer?: Tracer | undefined;
  /** `model-calls`: requests that are made while a model call is the active span. `all`: those within any span. Default `model-calls`. */
  readonly under?: "model-calls" | "all" | undefined;
}

/** Every request of the process from now on; none becomes the root of a trace. @returns ends it */
export function registerEverspan(options: EverspanUndiciOptions = {}): () => void {
  return followRequests((request) => startAttempt(options, request));
}

function startAttempt(options: EverspanUndiciOptions, request: UndiciRequest): Span | undefined {
  const tracer = options.tracer ?? defaultTracer();
  const active = tracer.activeSpan();
  if (active === undefined || (options.under !== "all" && active.type !== "COMPLETION")) return undefined;
  const { method, path, url } = addressOf(request);
  return tracer.startSpan(`${method} ${path}`, { data: { kind: "http", method, url } });
}
