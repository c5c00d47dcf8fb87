import { ManualClock, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { describe, expect, it, test } from "vitest";
import type { SpanProcessor } from "../../processors/span-processor.ts";
import { Tracer } from "../tracer.ts";

function setUp(options: { processors?: SpanProcessor[] } = {}) {
  const exporter = new RecordingExporter();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters: [exporter], clock, logger, ...options });
  const flushed = async () => {
    await clock.advance(250);
    return exporter.snapshots;
  };
  return { tracer, exporter, clock, logger, flushed };
}

describe("the times of a span", () => {
  test("that was back-dated reaches to its end, not only over the time since it was made", async () => {
    const { tracer, exporter, clock, flushed } = setUp();
    const span = tracer.startTrace().startSpan("job", { startTime: clock.wallMs() - 5_000 });
    clock.freezeFor(20);
    span.end();
    await flushed();
    expect(exporter.named("job")).toMatchObject({
      startTime: "2026-01-31T11:59:55.000000Z",
      endTime: "2026-01-31T12:00:00.020000Z",
    });
  });

  test("hold what began inside it after the machine slept and its monotonic clock with it", async () => {
    const { tracer, exporter, clock, flushed } = setUp();
    const parent = tracer.startTrace().startSpan("parent");
    clock.freezeFor(2_000);
    clock.setWall("2026-01-31T15:00:00.000Z");
    tracer.trace(parent.traceId).startSpan("child", { parentId: parent.id }).end();
    parent.end();
    await flushed();
    expect(exporter.named("child")?.startTime).toBe("2026-01-31T15:00:00.000000Z");
    expect(exporter.named("parent")?.endTime).toBe("2026-01-31T15:00:00.000000Z");
  });
});

describe("an operation that was stopped", () => {
  class APIUserAbortError extends Error {}
  const stopped = new AbortController();
  stopped.abort("user pressed stop");
  const thrown: Record<string, [error: unknown, input?: unknown]> = {
    "the platform's error": [new DOMException("stop", "AbortError")],
    "a code": [Object.assign(new Error("stop"), { code: "ABORT_ERR" })],
    "a model client's error": [new APIUserAbortError("Request was aborted.")],
    "an HTTP client's error": [Object.assign(new Error("canceled"), { name: "CanceledError", code: "ERR_CANCELED" })],
    "an error that an abort caused": [new TypeError("fetch failed", { cause: new DOMException("stop", "AbortError") })],
    "the reason itself, with the signal among the arguments": [
      stopped.signal.reason,
      ["url", { signal: stopped.signal }],
    ],
  };
  for (const [name, [error, input]] of Object.entries(thrown)) {
    it(`is CANCELED: ${name}`, async () => {
      const { tracer, exporter, flushed } = setUp();
      tracer.startTrace().startSpan("x", { input }).recordError(error).end();
      await flushed();
      expect(exporter.named("x")?.status).toBe("CANCELED");
    });
  }

  it("is not what ran out of time, nor the same text without a signal", async () => {
    const { tracer, flushed } = setUp();
    tracer.startTrace().startSpan("t").recordError(new DOMException("late", "TimeoutError")).end();
    tracer
      .startTrace()
      .startSpan("r", { input: ["url"] })
      .recordError("user pressed stop")
      .end();
    expect((await flushed()).map(({ status }) => status)).toEqual(["ERROR", "ERROR"]);
  });
});

describe("ids of one's own", () => {
  test("P20 that two spans share are said, once; a span that is given back its options is no second one", async () => {
    const { tracer, logger } = setUp();
    const trace = tracer.trace("t");
    const failing = Object.defineProperty({ id: "fails" }, "input", {
      get: () => {
        throw new Error("lazy");
      },
    });
    trace.startSpan("x", failing).end();
    tracer.trace("other").startSpan("x", { id: "same" }).end();
    trace.startSpan("first", { id: "same" }).end();
    expect(logger.lines).toEqual([]);
    trace.startSpan("second", { id: "same" }).end();
    expect(logger.lines).toEqual([expect.stringMatching(/same id, "same": back ends keep one/)]);
  });
});

describe("a span", () => {
  it("travels once, as its end, when it was shorter than the linger", async () => {
    const { tracer, flushed, clock } = setUp();
    using _ = watchLedger(tracer);
    const span = tracer.trace("task-1", { taskId: "task-1" }).startSpan("search", {
      type: "CODE_EXECUTION",
      input: { q: "x" },
      data: { a: 1 },
    });
    clock.freezeFor(12.5);
    span.output = { hits: 3 };
    span.setData({ b: 2 });
    span.end();
    expect(await flushed()).toEqual([
      {
        phase: "ended",
        revision: 2,
        traceId: "task-1",
        taskId: "task-1",
        id: span.id,
        name: "search",
        type: "CODE_EXECUTION",
        status: "OK",
        startTime: "2026-01-31T12:00:00.000000Z",
        endTime: "2026-01-31T12:00:00.012500Z",
        input: { q: "x" },
        output: { hits: 3 },
        data: { a: 1, b: 2 },
      },
    ]);
    expect(tracer.stats().lanes.recording).toMatchObject({ created: 2, coalesced: 1, delivered: 1 });
  });

  test("B10 is visible while it runs once it has been open for the linger, and its end follows", async () => {
    const { tracer, exporter, flushed } = setUp();
    const span = tracer.startTrace().startSpan("long", { input: 1 });
    expect(await flushed()).toMatchObject([{ phase: "started", name: "long", input: 1 }]);
    span.end();
    await flushed();
    expect(exporter.snapshots.map((snapshot) => snapshot.phase)).toEqual(["started", "ended"]);
    expect(exporter.snapshots[1]?.startTime).toBe(exporter.snapshots[0]?.startTime);
  });

  test("P18 is captured when it starts and when it ends: later changes are never seen", async () => {
    const { tracer, flushed } = setUp();
    const input = { messages: [{ role: "user", content: "before" }] };
    const output = { text: "before" };
    const span = tracer.startTrace().startSpan("llm", { input });
    input.messages[0]!.content = "after";
    span.output = output;
    span.end();
    output.text = "after";
    expect((await flushed())[0]).toMatchObject({
      input: { messages: [{ content: "before" }] },
      output: { text: "before" },
    });
    expect(Object.isFrozen((await flushed())[0]?.input)).toBe(true);
  });

  test("P20 takes any name and id: nothing is thrown, and a span is never its own parent", async () => {
    const { tracer, flushed } = setUp();
    const trace = tracer.startTrace();
    for (const name of [
      undefined,
      Symbol("s"),
      "x".repeat(10_000_000),
      42,
      null,
      { toString: null },
      "\ud800",
      "a\0b",
      "é".repeat(200),
    ]) {
      trace.startSpan(name as string, { id: "own", parentId: "own" }).end();
      trace.startSpan("id", { id: name as string, parentId: name as string, taskId: name as string }).end();
    }
    for (const snapshot of await flushed()) {
      expect(snapshot.name.length).toBeLessThan(1200);
      expect(Buffer.from(snapshot.name).toString()).toBe(snapshot.name);
      expect(snapshot.id.length).toBeGreaterThan(0);
      for (const id of [snapshot.id, snapshot.parentId ?? "", snapshot.taskId ?? ""]) {
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(256);
        expect(id).not.toContain("\0");
      }
      expect(snapshot.parentId).not.toBe(snapshot.id);
    }
  });

  test("P21 ends once; an end before the start counts as the start; a child may end after its parent", async () => {
    const { tracer, flushed } = setUp();
    const trace = tracer.startTrace();
    const span = trace.startSpan("twice", { startTime: "2026-01-01T00:00:10Z" });
    span.end("2026-01-01T00:00:05Z");
    span.end("2026-01-01T00:00:20Z");
    span.output = "too late";
    const parent = trace.startSpan("parent");
    const child = trace.startSpan("child", { parentId: parent.id });
    parent.end();
    child.end();
    const snapshots = await flushed();
    expect(snapshots.map((snapshot) => snapshot.name)).toEqual(["twice", "parent", "child"]);
    expect(snapshots[0]).toMatchObject({ endTime: "2026-01-01T00:00:10.000000Z" });
    expect(snapshots[0]).not.toHaveProperty("output");
    expect(snapshots[2]?.parentId).toBe(parent.id);
  });

  it("counts the payloads of which a part was cut", async () => {
    const { tracer, flushed } = setUp();
    tracer
      .startTrace()
      .startSpan("huge", { input: { text: "x".repeat(100_000_000) } })
      .end();
    tracer.startTrace().startSpan("small", { input: "x" }).end();
    expect(tracer.stats().truncatedPayloads).toBe(1);
    expect(JSON.stringify(await flushed())).toContain("100000000 characters");
  });

  it("keeps falsy payloads as they are", async () => {
    const { tracer, flushed } = setUp();
    for (const input of [{}, [], "", 0, false, null]) tracer.startTrace().startSpan("falsy", { input }).end();
    expect((await flushed()).map((snapshot) => snapshot.input)).toEqual([{}, [], "", 0, false, null]);
  });

  it("keeps data that is no object as a value rather than lose it", async () => {
    const { tracer, flushed } = setUp();
    tracer
      .startTrace()
      .startSpan("odd", { data: ["a"] as unknown as Record<string, unknown> })
      .end();
    expect((await flushed())[0]?.data).toEqual({ value: ["a"] });
  });

  it("takes name, status, input, output and data until it ends, and ignores a status that is none", async () => {
    const { tracer, flushed } = setUp();
    const span = tracer.startTrace().startSpan("a");
    span.name = "b";
    span.input = 1;
    span.data = { c: 2 };
    span.status = "CANCELED";
    span.status = "DONE" as "OK";
    span.end();
    expect((await flushed())[0]).toMatchObject({ name: "b", input: 1, data: { c: 2 }, status: "CANCELED" });
  });
});

describe("a disabled trace", () => {
  it.each([undefined, null, ""])("of id %j takes every call and records nothing", async (id) => {
    const { tracer, exporter, flushed } = setUp();
    const trace = tracer.trace(id);
    const span = trace.startSpan("x", { input: 1 });
    span.output = 2;
    span.setData({ a: 1 }).recordError(new Error("no"));
    span.end();
    expect(span.isRecording).toBe(false);
    expect(await trace.span("y", async () => 7)).toBe(7);
    expect(await trace.getSpan("z")).toBeUndefined();
    expect(await trace.listSpans()).toEqual([]);
    await flushed();
    expect(exporter.snapshots).toEqual([]);
    expect(tracer.stats().lanes.recording).toMatchObject({ created: 0 });
  });
});

describe("time", () => {
  test("T1 a wall clock that jumps changes neither the schedule nor a duration", async () => {
    const { tracer, clock, exporter } = setUp();
    for (const wall of [
      "2026-01-31T11:00:00Z",
      "2026-02-01T12:00:00Z",
      "1970-01-01T00:00:00Z",
      "2100-01-01T00:00:00Z",
    ]) {
      const span = tracer.startTrace().startSpan(wall);
      clock.freezeFor(10);
      clock.setWall(wall);
      span.end();
    }
    await clock.advance(250);
    expect(exporter.snapshots).toHaveLength(4);
    for (const { startTime, endTime } of exporter.snapshots) {
      expect(Date.parse(endTime as string) - Date.parse(startTime)).toBe(10);
    }
    expect(exporter.named("2100-01-01T00:00:00Z")?.startTime).toMatch(/^2026-/);
    await clock.advance(2_000);
    const later = tracer.startTrace().startSpan("later");
    expect(later.startTime).toMatch(/^2100-/);
  });

  test("T2 a process that stood still for 30 s delivers what it had, in one wave", async () => {
    const { tracer, clock, exporter } = setUp();
    tracer.startTrace().startSpan("before").end();
    clock.freezeFor(30_000);
    await clock.settle();
    expect(exporter.batches).toHaveLength(1);
    expect(tracer.stats().lanes.recording).toMatchObject({ delivered: 1, retries: 0 });
  });

  test("T3 a wall clock that goes back between start and end makes no negative duration", async () => {
    const { tracer, clock, flushed } = setUp();
    const span = tracer.startTrace().startSpan("x");
    clock.setWall("2025-01-01T00:00:00Z");
    clock.freezeFor(3_000);
    span.end();
    const [snapshot] = await flushed();
    expect(Date.parse(snapshot?.endTime as string) - Date.parse(snapshot?.startTime as string)).toBe(3_000);
  });
});

describe("span processors", () => {
  it("change what is sent, and share what they leave alone", async () => {
    const redact: SpanProcessor = (snapshot) => ({
      ...snapshot,
      output: "[redacted]",
      data: { ...snapshot.data, by: "me" },
    });
    const { tracer, flushed } = setUp({ processors: [redact] });
    tracer
      .startTrace()
      .startSpan("x", { input: { big: "y".repeat(1000) }, output: "secret" })
      .end();
    expect((await flushed())[0]).toMatchObject({
      input: { big: "y".repeat(1000) },
      output: "[redacted]",
      data: { by: "me" },
    });
  });

  it("drop a record by null, counted as sampled", async () => {
    const { tracer, flushed } = setUp({ processors: [(s) => (s.name === "noise" ? null : s)] });
    tracer.startTrace().startSpan("noise").end();
    tracer.startTrace().startSpan("signal").end();
    expect((await flushed()).map((snapshot) => snapshot.name)).toEqual(["signal"]);
    expect(tracer.stats().lanes.recording?.dropped.sampled).toBe(2);
  });

  const hostile: [string, SpanProcessor][] = [
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["answers undefined", (() => undefined) as unknown as SpanProcessor],
    ["answers a promise that never settles", (() => new Promise(() => {})) as unknown as SpanProcessor],
    [
      "throws something that can't be printed",
      () => {
        throw Object.create(null);
      },
    ],
    [
      "answers a revoked proxy",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy as never;
      },
    ],
  ];
  test.each(hostile)("P22 one that %s loses that record only, and says so once", async (_, hook) => {
    const { tracer, flushed, logger } = setUp({ processors: [(s) => (s.name === "bad" ? hook(s) : s)] });
    using _ledger = watchLedger(tracer);
    for (let i = 0; i < 3; i++) tracer.startTrace().startSpan("bad").end();
    tracer.startTrace().startSpan("good").end();
    expect((await flushed()).map((snapshot) => snapshot.name)).toEqual(["good"]);
    expect(tracer.stats().lanes.recording?.dropped.hook_failed).toBe(6);
    expect(logger.lines.filter((line) => line.includes("processor"))).toHaveLength(1);
  });

  test("P22 one that tries to mutate the shared snapshot is refused by its being frozen", async () => {
    const mutate: SpanProcessor = (snapshot) => {
      (snapshot.input as Record<string, unknown>).q = "changed";
      return snapshot;
    };
    const { tracer, flushed } = setUp({ processors: [mutate] });
    const input = { q: "mine" };
    tracer.startTrace().startSpan("x", { input }).end();
    expect(await flushed()).toEqual([]);
    expect(input).toEqual({ q: "mine" });
    expect(tracer.stats().lanes.recording?.dropped.hook_failed).toBe(2);
  });
});
