/** One trace across processes: W3C Trace Context and Baggage, in the headers of requests. */

export type { SpanOptions } from "../../recording/span/span-options.ts";
export type { Baggage, BaggageEntry } from "./baggage.ts";
export { type ContinuingTracer, continueTrace } from "./continue-trace.ts";
export type { RemoteContext, RequestHeaders } from "./remote-context.ts";
export {
  activeTraceContext,
  extractTraceContext,
  type InjectableSpan,
  type InjectOptions,
  injectTraceContext,
  type TraceContextHeaders,
  withTraceContext,
} from "./trace-context.ts";
