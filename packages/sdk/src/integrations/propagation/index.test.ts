import { describe, expect, it, test } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { extractTraceContext, injectTraceContext } from "./index.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID = "00f067aa0ba902b7";

describe("traceparent", () => {
  it("is read from plain headers and from web headers", () => {
    const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`;
    expect(extractTraceContext({ traceparent })).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID });
    expect(extractTraceContext(new Headers({ traceparent }))).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID });
    expect(extractTraceContext({ traceparent: `cc-${TRACE_ID}-${SPAN_ID}-01-later` })).toBeDefined();
  });

  it("is written from a span whose ids are W3C's, and is read back as its trace", () => {
    const span = new Tracer().startTrace().startSpan("x");
    const context = extractTraceContext(injectTraceContext(span));
    expect(context?.traceId).toBe(span.traceId);
    expect(context?.spanId).toBe(span.id.replaceAll("-", "").slice(-16));
    expect(injectTraceContext(new Tracer().trace("task 1").startSpan("x"))).toBeUndefined();
  });

  const malformed: [string, unknown][] = [
    ["no headers", undefined],
    ["null", null],
    ["nothing in it", {}],
    ["a short trace id", { traceparent: `00-abc-${SPAN_ID}-01` }],
    ["upper case", { traceparent: `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01` }],
    ["zeros", { traceparent: `00-${"0".repeat(32)}-${SPAN_ID}-01` }],
    ["a zero span", { traceparent: `00-${TRACE_ID}-${"0".repeat(16)}-01` }],
    ["version ff", { traceparent: `ff-${TRACE_ID}-${SPAN_ID}-01` }],
    ["two headers", { traceparent: [`00-${TRACE_ID}-${SPAN_ID}-01`, `00-${TRACE_ID}-${SPAN_ID}-00`] }],
    ["10 MB", { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01-${"x".repeat(10_000_000)}` }],
    [
      "bad percent-encoding and JSON beside it",
      { baggage: "%E0%A4%A,langsmith-replicas={bad", tracestate: "=,".repeat(50_000) },
    ],
    ["an attempt to name a destination", { "x-everspan-endpoint": "http://evil.test", "x-api-key": "stolen" }],
    [
      "a getter that throws",
      {
        get traceparent() {
          throw new Error("mine");
        },
      },
    ],
    [
      "a get method that throws",
      {
        get() {
          throw new Error("mine");
        },
      },
    ],
  ];
  test.each(malformed)("C12, X21 is ignored without an error when there is %s", (_, headers) => {
    expect(extractTraceContext(headers as never)).toBeUndefined();
  });
});
