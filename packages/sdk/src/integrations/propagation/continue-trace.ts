import type { Span } from "../../recording/span/span.ts";
import type { SpanOptions } from "../../recording/span/span-options.ts";
import type { Tracer } from "../../recording/tracer.ts";
import type { RequestHeaders } from "./remote-context.ts";
import { extractTraceContext, withTraceContext } from "./trace-context.ts";

/** What is needed of a tracer. */
export type ContinuingTracer = Pick<Tracer, "trace" | "startTrace">;

/**
 * Serves a request in a span that is the child of the caller's, or the root of a new trace when the request names none.
 * A caller that decided not to record its trace is followed: then nothing is recorded here either, and the function
 * gets a span that does nothing. Requests that `fn` makes pass the caller's `tracestate` and `baggage` on.
 *
 * @returns what `fn` returns, as `tracer.span` does
 */
export function continueTrace<T>(
  tracer: ContinuingTracer,
  headers: RequestHeaders | undefined | null,
  name: string,
  options: SpanOptions,
  fn: (span: Span) => T,
): T {
  const remote = extractTraceContext(headers);
  return withTraceContext(remote, () => {
    if (remote === undefined) return tracer.startTrace().span(name, { ...options, parentId: null }, fn);
    const trace = tracer.trace(remote.sampled ? remote.traceId : undefined);
    return trace.span(name, { ...options, parentId: remote.spanId }, fn);
  });
}
