/** Handles on traces: whose child a span is, what it inherits, and what a trace that is disabled does. */
import { ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { SpanOptions } from "./span/span-options.ts";
import { Tracer } from "./tracer.ts";
import type { TracerOptions } from "./tracer-options.ts";

function setUp(options: TracerOptions = {}) {
  const exporter = new RecordingExporter();
  const logger = new RecordingLogger();
  return { tracer: new Tracer({ exporters: [exporter], logger, clock: new ManualClock(), ...options }), logger };
}

describe("a span of a trace", () => {
  test.each<[string, SpanOptions, string | undefined]>([
    ["is the active span's child", {}, "active"],
    ["is a root by null", { parentId: null }, undefined],
    ["is the active span's child by an empty id", { parentId: "" }, "active"],
    ["is the child of whom it names", { parentId: "other" }, "other"],
    ["is never its own", { id: "me", parentId: "me" }, undefined],
    ["is never its own, nor that of whom it has the id", { id: "active" }, undefined],
  ])("%s", (_, options, parentId) => {
    const { tracer } = setUp();
    const trace = tracer.trace("t");
    const active = trace.startSpan("active", { id: "active" });
    tracer.withSpan(active, () => expect(trace.startSpan("s", options).parentId).toBe(parentId));
    expect(trace.startSpan("later").parentId).toBeUndefined();
  });

  test("is no child of another trace's span", () => {
    const { tracer } = setUp();
    tracer.withSpan(tracer.trace("other").startSpan("active"), () => {
      expect(tracer.trace("t").startSpan("s").parentId).toBeUndefined();
    });
  });

  test("has a fresh id unless it is given one", () => {
    const trace = setUp().tracer.trace("t");
    const ids = [trace.startSpan("a"), trace.startSpan("b"), trace.startSpan("c", { id: "" })].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => id.length >= 16)).toBe(true);
    expect(trace.startSpan("d", { id: "mine" }).id).toBe("mine");
  });

  test("belongs to its trace's task, unless it names another", () => {
    const { tracer } = setUp();
    expect(tracer.trace("t").startSpan("s").taskId).toBeUndefined();
    const trace = tracer.trace("t", { taskId: "task" });
    expect([trace.startSpan("s").taskId, trace.startSpan("s", { taskId: "other" }).taskId]).toEqual(["task", "other"]);
    expect(tracer.startTrace({ taskId: "task" }).taskId).toBe("task");
    tracer.withSpan(trace.startSpan("active"), () => {
      expect(tracer.startSpan("inner")).toMatchObject({ traceId: "t", taskId: "task" });
    });
  });

  test("begins where only some of its options can be read, with those", () => {
    const trace = setUp().tracer.trace("t");
    const options = {
      id: "mine",
      type: "LLM",
      get input(): never {
        throw new Error("no");
      },
      data: { a: 1 },
    };
    const span = trace.startSpan("s", options as unknown as SpanOptions);
    expect(span).toMatchObject({ id: "mine", data: { a: 1 }, input: undefined, isRecording: true });
  });

  test.each([null, undefined, "options", 7])("begins with options that are none: %s", (options) => {
    const span = setUp()
      .tracer.trace("t")
      .startSpan("s", options as never);
    expect(span).toMatchObject({ name: "s", type: "STANDALONE", isRecording: true });
  });

  test("runs a function with options or without", () => {
    const trace = setUp().tracer.trace("t");
    expect(trace.span("s", ({ traceId }) => traceId)).toBe("t");
    expect(trace.span("s", { id: "mine" }, ({ id }) => id)).toBe("mine");
  });
});

describe("a trace", () => {
  test.each([[""], [undefined], [null]])("without an id is disabled: %s", (id) => {
    const { tracer } = setUp();
    const trace = tracer.trace(id);
    const span = trace.startSpan("s", { id: "given", input: 1 });
    expect([trace.isRecording, span.isRecording, span.id, span.parentId]).toEqual([false, false, "", undefined]);
    span.end();
    expect(tracer.stats()).toMatchObject({ queue: { openSpans: 0 }, lanes: { recording: { created: 0 } } });
  });

  test("of a disabled tracer records nothing and keeps its id", () => {
    const { tracer } = setUp({ disabled: true });
    for (const trace of [tracer.trace("t"), tracer.startTrace()]) {
      expect(trace.isRecording).toBe(false);
      expect(trace.id.length).toBeGreaterThan(0);
      trace.span("s", () => 0);
    }
    expect(tracer.stats().lanes.recording?.created).toBe(0);
  });

  test("whose task can't be read has none", () => {
    const options = {
      get taskId(): string {
        throw new Error("no");
      },
    };
    expect(setUp().tracer.trace("t", options).taskId).toBeUndefined();
  });

  test("is remembered by its id for what it captured: the last 64 that were asked for", () => {
    const { tracer } = setUp();
    const others = (count: number) => {
      for (let i = 0; i < count; i++) tracer.trace(`other ${i}`);
    };
    const first = tracer.trace("first").captureMemory;
    for (let time = 0; time < 3; time++) {
      others(63);
      expect(tracer.trace("first").captureMemory).toBe(first);
    }
    others(64);
    expect(tracer.trace("first").captureMemory).not.toBe(first);
  });
});

describe("ids that were given twice", () => {
  test("in one trace are said, and in two are not", () => {
    const { tracer, logger } = setUp();
    tracer.trace("a").startSpan("s", { id: "same" });
    tracer.trace("b").startSpan("s", { id: "same" });
    tracer.trace("").startSpan("s", { id: "same" });
    tracer.trace("").startSpan("s", { id: "same" });
    expect(logger.lines).toEqual([]);
    tracer.trace("a").startSpan("s", { id: "same" });
    expect(logger.lines).toEqual([
      'everspan: two spans of one trace were given the same id, "same": back ends keep one of them',
    ]);
  });

  test("are known for the last 10,000", () => {
    const { tracer, logger } = setUp();
    const trace = tracer.trace("t");
    for (let i = 0; i < 10_000; i++) trace.startSpan("s", { id: `${i}` }).end();
    trace.startSpan("s", { id: "one more" }).end();
    trace.startSpan("s", { id: "0" }).end();
    expect(logger.lines).toEqual([]);
    trace.startSpan("s", { id: "9999" }).end();
    expect(logger.lines).toHaveLength(1);
  });
});
