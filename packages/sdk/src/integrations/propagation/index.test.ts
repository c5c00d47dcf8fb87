import { describe, expect, it, test } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import {
  activeTraceContext,
  continueTrace,
  extractTraceContext,
  injectTraceContext,
  type RequestHeaders,
  withTraceContext,
} from "./index.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID = "00f067aa0ba902b7";
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const REMOTE = { traceId: TRACE_ID, spanId: SPAN_ID, sampled: true };

/** A tracer without exporters: ids are all that is looked at. */
const tracer = new Tracer();

describe("traceparent", () => {
  it("is read from plain headers, web headers and lists, in any case", () => {
    expect(extractTraceContext({ traceparent: TRACEPARENT })).toEqual(REMOTE);
    expect(extractTraceContext({ Traceparent: TRACEPARENT })).toEqual(REMOTE);
    expect(extractTraceContext({ TRACEPARENT: [TRACEPARENT] })).toEqual(REMOTE);
    expect(extractTraceContext(new Headers({ traceparent: TRACEPARENT }))).toEqual(REMOTE);
    expect(extractTraceContext({ traceparent: `cc-${TRACE_ID}-${SPAN_ID}-01-later` })).toEqual(REMOTE);
  });

  it("says by its flags whether the caller records", () => {
    const sampledBy = (flags: string) => extractTraceContext({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` });
    expect(["00", "01", "02", "03"].map((flags) => sampledBy(flags)?.sampled)).toEqual([false, true, false, true]);
  });

  it("is written in W3C's sizes, whatever the ids are, as OTLP spells them", () => {
    for (const traceId of [TRACE_ID, "4BF92F35-77b3-4da6-a3ce-929d0e0e4736", "task 1"]) {
      const headers = injectTraceContext(tracer.trace(traceId).startSpan("call"));
      expect(headers?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
    expect(injectTraceContext(tracer.trace("").startSpan("disabled"))).toBeUndefined();
  });

  const malformed: [string, unknown][] = [
    ["no headers", undefined],
    ["null", null],
    ["nothing in it", {}],
    ["a short trace id", { traceparent: `00-abc-${SPAN_ID}-01` }],
    ["upper case digits", { traceparent: `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01` }],
    ["zeros", { traceparent: `00-${"0".repeat(32)}-${SPAN_ID}-01` }],
    ["a zero span", { traceparent: `00-${TRACE_ID}-${"0".repeat(16)}-01` }],
    ["version ff", { traceparent: `ff-${TRACE_ID}-${SPAN_ID}-01` }],
    ["version 00 with more fields", { traceparent: `${TRACEPARENT}-more` }],
    ["two headers", { traceparent: [TRACEPARENT, `00-${TRACE_ID}-${SPAN_ID}-00`] }],
    ["two spellings of the name", { traceparent: TRACEPARENT, Traceparent: TRACEPARENT }],
    ["10 MB", { traceparent: `cc-${TRACE_ID}-${SPAN_ID}-01-${"x".repeat(10_000_000)}` }],
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

describe("tracestate", () => {
  it.each([
    ["a plain trace", TRACE_ID],
    ["a UUID", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"],
    ["a task", "a,b=ä;t:% 1"],
  ])("carries the ids of %s as they are", (_, traceId) => {
    const span = tracer.trace(traceId).startSpan("call");
    expect(extractTraceContext(injectTraceContext(span))).toMatchObject({ traceId, spanId: span.id });
    const own = tracer.trace(traceId).startSpan("call", { id: "my own, id" });
    expect(extractTraceContext(injectTraceContext(own))).toMatchObject({ traceId, spanId: "my own, id" });
  });

  it("does not speak for a tracer in between that passed it on", () => {
    const { tracestate } = injectTraceContext(tracer.trace(TRACE_ID).startSpan("call"))!;
    expect(extractTraceContext({ traceparent: TRACEPARENT, tracestate })).toEqual(REMOTE);
  });

  it("keeps the entries of others in their order, and passes them on behind ours in the same trace only", () => {
    const tracestate = "congo=t61rcWkgMzE , ,rojo=00f067aa0ba902b7";
    const remote = extractTraceContext({ traceparent: TRACEPARENT, tracestate });
    expect(remote?.traceState).toBe("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
    withTraceContext(remote, () => {
      const headers = injectTraceContext(tracer.trace(TRACE_ID).startSpan("call"));
      expect(headers?.tracestate).toMatch(/^everspan=s:[0-9a-f-]+,congo=t61rcWkgMzE,rojo=00f067aa0ba902b7$/);
      expect(injectTraceContext(tracer.startTrace().startSpan("other"))?.tracestate).not.toContain("congo");
    });
  });

  it("is bounded: long entries go first, then the last ones; ours stays", () => {
    const others = [`long=${"x".repeat(200)}`, ...Array.from({ length: 31 }, (_, i) => `k${i}=${"y".repeat(20)}`)];
    const remote = { ...REMOTE, traceState: others.join(",") };
    const { tracestate } = withTraceContext(remote, () =>
      injectTraceContext(tracer.trace(TRACE_ID).startSpan("call")),
    )!;
    expect(tracestate!.length).toBeLessThanOrEqual(512);
    expect(tracestate!.split(",").map((entry) => entry.split("=")[0])).toEqual(
      expect.arrayContaining(["everspan", "k0", "k1"]),
    );
    expect(tracestate).not.toContain("long=");
  });

  it.each(["a=b,a=c", "UPPER=1", "no value", `k=${"x".repeat(300)}`, `a=1,${"k=v,".repeat(40)}`])(
    "counts as absent when it is malformed: %s",
    (tracestate) => {
      expect(extractTraceContext({ traceparent: TRACEPARENT, tracestate })).toEqual(REMOTE);
    },
  );

  it("leaves an id out that is too long for it: the link is then OTLP's", () => {
    const span = tracer.trace(TRACE_ID).startSpan("call", { id: "ä".repeat(100) });
    const headers = injectTraceContext(span)!;
    expect(headers.tracestate).toBeUndefined();
    expect(headers.traceparent).toMatch(/-[0-9a-f]{16}-01$/);
  });
});

describe("baggage", () => {
  it("is read, and passed on with what is added", () => {
    const baggage = "user=ann%C3%A9;ttl=5 , tenant=blue,=x,bad key=1,broken=%E0%A4%A";
    const remote = extractTraceContext({ traceparent: TRACEPARENT, Baggage: baggage });
    expect(remote?.baggage).toEqual({ user: { value: "anné", metadata: "ttl=5" }, tenant: { value: "blue" } });
    const headers = withTraceContext(remote, () =>
      injectTraceContext(tracer.startTrace().startSpan("call"), {
        baggage: { tenant: { value: "a,b" }, "bad key": { value: "" }, lone: { value: "\ud800" } },
      }),
    );
    expect(headers?.baggage).toBe("user=ann%C3%A9;ttl=5,tenant=a%2Cb");
  });

  it("is bounded both ways", () => {
    const many = Array.from({ length: 100 }, (_, i) => `k${i}=v`).join(",");
    expect(Object.keys(extractTraceContext({ traceparent: TRACEPARENT, baggage: many })!.baggage!)).toHaveLength(64);
    const long = { traceparent: TRACEPARENT, baggage: `k=${"x".repeat(9_000)}` };
    expect(extractTraceContext(long)).toEqual(REMOTE);
    const baggage = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, { value: "x".repeat(1_000) }]));
    const headers = injectTraceContext(tracer.startTrace().startSpan("call"), { baggage });
    expect(headers!.baggage!.length).toBeLessThanOrEqual(8_192);
  });

  it("can't reach a prototype", () => {
    const remote = extractTraceContext({ traceparent: TRACEPARENT, baggage: "__proto__=polluted,constructor=1" });
    expect(Object.getPrototypeOf(remote?.baggage)).toBeNull();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("continueTrace", () => {
  it("serves in a child of the caller's span", () => {
    const caller = tracer.trace("task 1").startSpan("call");
    const served = continueTrace(tracer, injectTraceContext(caller), "serve", {}, (span) => span);
    expect([served.traceId, served.parentId]).toEqual(["task 1", caller.id]);
  });

  it("begins a new trace without a caller, also within an active span", () => {
    const [outer, served] = tracer.span("outer", (span) => [
      span,
      continueTrace(tracer, {}, "serve", {}, (inner) => inner),
    ]) as [{ traceId: string }, { traceId: string; parentId?: string; isRecording: boolean }];
    expect(served.parentId).toBeUndefined();
    expect(served.traceId).not.toBe(outer.traceId);
  });

  it("follows a caller that does not record, and tells the next one", () => {
    const headers: RequestHeaders = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00`, tracestate: "a=1", baggage: "k=v" };
    continueTrace(tracer, headers, "serve", {}, (span) => {
      expect(span.isRecording).toBe(false);
      expect(activeTraceContext()).toMatchObject({ sampled: false });
      expect(injectTraceContext(span)).toEqual({ ...headers });
    });
    expect(activeTraceContext()).toBeUndefined();
  });
});
