import { AsyncLocalStorage } from "node:async_hooks";
import { otlpSpanId, otlpTraceId } from "@everspan/protocol";
import { type Baggage, readBaggage, writeBaggage } from "./baggage.ts";
import { headerOf } from "./headers.ts";
import type { RemoteContext, RequestHeaders } from "./remote-context.ts";
import { readTraceParent, writeTraceParent } from "./traceparent.ts";
import { readTraceState, writeTraceState } from "./tracestate.ts";

const received = new AsyncLocalStorage<RemoteContext | undefined>();

/**
 * Reads `traceparent`, `tracestate` and `baggage` from a request's headers, in any case. Anything malformed, too long
 * or doubled counts as absent: headers come from strangers, and nothing in one can change where spans go. Never throws.
 *
 * @returns undefined when there is no usable `traceparent`
 */
export function extractTraceContext(headers: RequestHeaders | undefined | null): RemoteContext | undefined {
  try {
    if (headers === undefined || headers === null) return undefined;
    const parent = readTraceParent(headerOf(headers, "traceparent"));
    if (parent === undefined) return undefined;
    const { own, others } = readTraceState(headerOf(headers, "tracestate"), parent);
    const baggage = readBaggage(headerOf(headers, "baggage"));
    return {
      traceId: own?.traceId ?? parent.traceId,
      spanId: own?.spanId ?? parent.spanId,
      sampled: parent.sampled,
      ...(others.length > 0 && { traceState: others.join(",") }),
      ...(baggage !== undefined && { baggage }),
    };
  } catch {
    return undefined;
  }
}

/** The headers that a request carries for the span that makes it. */
export type TraceContextHeaders = {
  readonly traceparent: string;
  readonly tracestate?: string;
  readonly baggage?: string;
};

/** What is needed of a span; every `Span` has it. */
export interface InjectableSpan {
  readonly traceId: string;
  readonly id: string;
}

export interface InjectOptions {
  /** Attached for whoever takes the request, over what came with the request that we serve. Default: only the latter. */
  readonly baggage?: Baggage | undefined;
}

/**
 * The headers for a request that the span makes. Ids that are not W3C's (a UUID, a task's own id) are sent in the form
 * that `OtlpExporter` gives them, and beside it, in `tracestate`, as they are: whichever exporter the two sides use, the
 * other side's span finds its parent. Within `withTraceContext` the caller's `tracestate` and `baggage` are passed on,
 * and a caller's decision not to record stands.
 *
 * @returns undefined for a span that records nothing, outside of such a context
 */
export function injectTraceContext(span: InjectableSpan, options: InjectOptions = {}): TraceContextHeaders | undefined {
  const remote = received.getStore();
  const isRecorded = span.id !== "" && span.traceId !== "";
  if (!isRecorded && remote === undefined) return undefined;
  const ids = isRecorded ? { traceId: span.traceId, spanId: span.id } : remote!;
  const isSameTrace = remote !== undefined && otlpTraceId(remote.traceId) === otlpTraceId(ids.traceId);
  const tracestate = writeTraceState(ids, isSameTrace ? (remote.traceState?.split(",") ?? []) : []);
  const baggage = writeBaggage({ ...remote?.baggage, ...options.baggage });
  return {
    traceparent: writeTraceParent({
      traceId: otlpTraceId(ids.traceId),
      spanId: otlpSpanId(ids.spanId),
      sampled: isRecorded || remote!.sampled,
    }),
    ...(tracestate !== undefined && { tracestate }),
    ...(baggage !== undefined && { baggage }),
  };
}

/** Runs `fn` in the context that a request brought, so that requests made in it pass on what it carried. */
export function withTraceContext<T>(remote: RemoteContext | undefined, fn: () => T): T {
  return received.run(remote, fn);
}

/** The context of the request that is served, as given to `withTraceContext`; undefined outside. */
export function activeTraceContext(): RemoteContext | undefined {
  return received.getStore();
}
