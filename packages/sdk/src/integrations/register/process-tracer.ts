import { tracerFromEnv } from "../../environment/tracer-from-env.ts";
import type { Span } from "../../recording/span/span.ts";
import type { SpanOptions } from "../../recording/span/span-options.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { extractTraceContext } from "../propagation/index.ts";
import { servedSpan } from "./served-requests.ts";

/**
 * The tracer of a process whose program knows of none, by the environment. A span that would be the root of a trace belongs
 * to the request that is served, or else to whoever started the process, where `TRACEPARENT` (and `TRACESTATE`) say who:
 * so all processes of a run are one trace.
 */
export function makeProcessTracer(env: NodeJS.ProcessEnv = process.env, given?: Tracer): Tracer {
  const tracer = given ?? tracerFromEnv({}, env);
  const starter = extractTraceContext({ traceparent: env.TRACEPARENT, tracestate: env.TRACESTATE });
  const plain = { span: tracer.span.bind(tracer), startSpan: tracer.startSpan.bind(tracer) };

  /** Runs `begin` where a root would have its parent. */
  const placed = <T>(
    options: SpanOptions,
    begin: (tracer: Pick<Tracer, "span" | "startSpan">, options: SpanOptions) => T,
  ): T => {
    if (tracer.activeSpan() !== undefined || options?.parentId !== undefined) return begin(plain, options);
    const request = servedSpan(tracer);
    if (request !== undefined) return tracer.withSpan(request, () => begin(plain, options));
    if (starter === undefined) return begin(plain, options);
    const trace = tracer.trace(starter.sampled ? starter.traceId : undefined);
    return begin(trace, { ...options, parentId: starter.spanId });
  };

  const span = <T>(name: string, optionsOrFn: SpanOptions | ((span: Span) => T), maybeFn?: (span: Span) => T): T => {
    const isShort = typeof optionsOrFn === "function";
    const [options, fn] = isShort ? [{}, optionsOrFn] : [optionsOrFn, maybeFn!];
    return placed(options, (owner, all) => owner.span(name, all, fn));
  };
  const startSpan = (name: string, options: SpanOptions = {}) =>
    placed(options, (owner, all) => owner.startSpan(name, all));
  return Object.assign(tracer, { span, startSpan });
}
