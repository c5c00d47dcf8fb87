/** The public surface as types: what compiles for a user, and what must not. Checked by the type checker. */
import { describe, expectTypeOf, it } from "vitest";
import * as everspan from "./index.ts";
import {
  type ExportOutcome,
  fromProcessor,
  MemoryExporter,
  type Span,
  type SpanExporter,
  type SpanProcessor,
  type SpanSnapshot,
  type SpanType,
  Tracer,
  type TracerStats,
} from "./index.ts";

const tracer = new Tracer({ logger: { debug() {}, info() {}, warn() {}, error() {} } });

describe("the types of the public surface", () => {
  it("give back what the function in a span gives", () => {
    expectTypeOf(tracer.span("a", () => 1)).toEqualTypeOf<number>();
    expectTypeOf(tracer.span("a", { input: 1 }, async () => "x")).toEqualTypeOf<Promise<string>>();
    expectTypeOf(tracer.startTrace().span("a", (span) => span)).toEqualTypeOf<Span>();
  });

  it("keep a traced function's parameters, result and this", () => {
    const search = tracer.traced("search", async (query: string, limit?: number) => [query, limit] as const);
    expectTypeOf(search).parameters.toEqualTypeOf<[string, (number | undefined)?]>();
    expectTypeOf(search).returns.toEqualTypeOf<Promise<readonly [string, number | undefined]>>();
    const method = tracer.traced("m", function (this: { base: number }) {
      return this.base;
    });
    expectTypeOf(method).thisParameter.toEqualTypeOf<{ base: number }>();
    async function* words() {
      yield "word";
    }
    expectTypeOf(tracer.traced("words", words)).returns.toEqualTypeOf<AsyncGenerator<string, void, unknown>>();
  });

  it("keep a traced function's overloads, own properties and class", () => {
    function parse(text: string): number;
    function parse(texts: string[]): number[];
    function parse(given: string | string[]): number | number[] {
      return typeof given === "string" ? given.length : given.map((text) => text.length);
    }
    const traced = tracer.traced("parse", Object.assign(parse, { version: 2 }));
    expectTypeOf(traced("x")).toEqualTypeOf<number>();
    expectTypeOf(traced(["x"])).toEqualTypeOf<number[]>();
    expectTypeOf(traced.version).toEqualTypeOf<number>();
    class Agent {
      static kind = "agent";
      readonly turns = 0;
    }
    expectTypeOf(tracer.traced("agent", Agent)).toEqualTypeOf<typeof Agent>();
  });

  it("take what users have: interfaces as data, optional values that are undefined, spans to run in", () => {
    interface Usage {
      tokens: number;
    }
    const usage: Usage = { tokens: 1 };
    tracer
      .startTrace({ taskId: undefined })
      .startSpan("x", { data: usage, id: undefined, input: null })
      .setData(usage)
      .end();
    expectTypeOf(tracer.withSpan(tracer.startTrace().startSpan("x"), () => 1)).toEqualTypeOf<number>();
  });

  it("know the span types and refuse others", () => {
    expectTypeOf<"COMPLETION">().toExtend<SpanType>();
    expectTypeOf<"LLM">().not.toExtend<SpanType>();
    expectTypeOf<SpanType>().extract<"CODE_EXECUTION" | "chat">().toEqualTypeOf<"CODE_EXECUTION">();
  });

  it("make a span disposable and its snapshot read-only", () => {
    expectTypeOf<Span>().toExtend<Disposable>();
    expectTypeOf<Readonly<SpanSnapshot>>().toEqualTypeOf<SpanSnapshot>();
    expectTypeOf<SpanSnapshot["input"]>().toBeUnknown();
  });

  it("let users write exporters and processors, and no outcome that is none", () => {
    expectTypeOf<{ name: string; export(): Promise<{ kind: "delivered" }> }>().toExtend<SpanExporter>();
    expectTypeOf<{ kind: "fine" }>().not.toExtend<ExportOutcome>();
    expectTypeOf<(snapshot: SpanSnapshot) => null>().toExtend<SpanProcessor>();
    expectTypeOf<(snapshot: SpanSnapshot) => Promise<SpanSnapshot>>().not.toExtend<SpanProcessor>();
    expectTypeOf(fromProcessor).returns.toExtend<SpanExporter>();
    expectTypeOf(new MemoryExporter()).toExtend<SpanExporter>();
  });

  it("resolve flush and shutdown with the account", async () => {
    expectTypeOf(tracer.flush).returns.resolves.toHaveProperty("ok").toEqualTypeOf<boolean>();
    expectTypeOf(tracer.stats()).toEqualTypeOf<TracerStats>();
    expectTypeOf<TracerStats["lanes"][string]["dropped"]["queue_full"]>().toEqualTypeOf<number>();
  });
});

describe("the main entry", () => {
  it("exports what the contract names, and no internals", ({ expect }) => {
    expect(Object.keys(everspan).toSorted()).toEqual([
      "AgentexExporter",
      "CollectorExporter",
      "ConsoleExporter",
      "EverspanError",
      "FileExporter",
      "MemoryExporter",
      "OtlpExporter",
      "SPAN_TYPES",
      "Secret",
      "SgpExporter",
      "Tracer",
      "TransportError",
      "defaultTracer",
      "fromProcessor",
      "readSpoolAccounts",
      "setDefaultTracer",
      "traced",
      "tracerFromEnv",
    ]);
  });
});
