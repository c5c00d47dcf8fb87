import { EventEmitter } from "node:events";
import * as api from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryExporter } from "../../exporters/local/memory-exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import { everspanContextManager, everspanTracerProvider, registerEverspan } from "./index.ts";

let memory: MemoryExporter;
let tracer: Tracer;
let end: () => void;
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
  end = registerEverspan(api, { tracer });
});
afterEach(async () => {
  end();
  await tracer.shutdown();
});

const recorded = async () => {
  await tracer.flush();
  return memory.spans();
};
const named = async (name: string) => (await recorded()).find((span) => span.name === name);
const otel = (scope = "openai-agent") => api.trace.getTracer(scope, "1.2.3");
const CHAT = { "gen_ai.operation.name": "chat" };

describe("a provider that is Everspan", () => {
  test("fits the API's types, also for a library that takes it", () => {
    const provider: api.TracerProvider = everspanTracerProvider({ tracer });
    const manager: api.ContextManager = everspanContextManager({ tracer });
    const one: api.Tracer = provider.getTracer("x");
    expect([provider, manager, one].every(Boolean)).toBe(true);
  });

  test("records a span as it starts and as it ends, with OpenTelemetry's ids, attributes, events, links and scope", async () => {
    const linked = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
    const span = otel().startSpan("chat", {
      kind: api.SpanKind.CLIENT,
      attributes: CHAT,
      links: [{ context: linked, attributes: { why: "x" } }],
      startTime: [1_700_000_000, 500_000_000],
    });
    span.setAttribute("gen_ai.response.id", "r1").setAttributes({ list: ["a", "b"] });
    span.addEvent("first", { at: 1 }, [1_700_000_001, 0]);
    span.updateName("chat gpt");
    span.end([1_700_000_002, 0]);
    span.setAttribute("late", 1).addEvent("late").end();
    const [only, ...others] = await recorded();
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      traceId: span.spanContext().traceId,
      id: span.spanContext().spanId,
      name: "chat gpt",
      type: "COMPLETION",
      startTime: "2023-11-14T22:13:20.500000Z",
      endTime: "2023-11-14T22:13:22.000000Z",
      data: {
        ...CHAT,
        "gen_ai.response.id": "r1",
        list: ["a", "b"],
        __otel__: {
          unread: true,
          kind: "CLIENT",
          scope: { name: "openai-agent", version: "1.2.3" },
          events: [{ name: "first", time: "2023-11-14T22:13:21.000000Z", attributes: { at: 1 } }],
          links: [{ traceId: linked.traceId, spanId: linked.spanId, attributes: { why: "x" } }],
        },
      },
    });
    expect(only?.data).not.toHaveProperty("late");
  });

  test("says of a failure what the status says; an exception that was dealt with is no failure", async () => {
    const failed = otel().startSpan("failed");
    failed.recordException(Object.assign(new RangeError("too far"), { code: "E_FAR" }));
    failed.setStatus({ code: api.SpanStatusCode.ERROR, message: "no" });
    failed.end();
    const handled = otel().startSpan("handled");
    handled.recordException("oh");
    handled.setStatus({ code: api.SpanStatusCode.OK });
    handled.setStatus({ code: api.SpanStatusCode.ERROR });
    handled.end();
    expect(await named("failed")).toMatchObject({ status: "ERROR", error: { type: "E_FAR", message: "too far" } });
    expect(await named("handled")).toMatchObject({ status: "OK", error: { message: "oh" } });
  });

  test("bounds what a span holds and counts the rest", async () => {
    const span = otel().startSpan("chat");
    for (let i = 0; i < 1_100; i += 1) span.setAttribute(`a${i}`, i);
    for (let i = 0; i < 200; i += 1) span.addEvent("e").addLink({ context: span.spanContext() });
    span.end();
    const fields = (await named("chat"))?.data?.__otel__ as { dropped: object; events: []; links: [] };
    expect(fields.dropped).toEqual({ attributes: 76, events: 72, links: 72 });
    expect([fields.events.length, fields.links.length]).toEqual([128, 128]);
  });

  test("takes times of every form: since the process began, a Date, milliseconds", async () => {
    const at = Date.now() + 10_000;
    for (const time of [at - performance.timeOrigin, new Date(at), at]) {
      const span = otel().startSpan("timed", { startTime: time });
      span.end(at + 5);
      span.end(at + 500);
    }
    for (const { startTime, endTime } of await recorded()) {
      expect(Date.parse(endTime ?? "") - Date.parse(startTime)).toBe(5);
    }
  });
});

describe("spans of both kinds are one tree", () => {
  test("ours within OpenTelemetry's within ours, across asynchronous calls, whatever the trace's id is", async () => {
    await tracer.trace("task-1234").span("turn", async () => {
      await otel().startActiveSpan("agent", async (agent) => {
        await new Promise((resolve) => setImmediate(resolve));
        await tracer.span("tool", async () => {
          await null;
          otel().startSpan("chat").end();
        });
        agent.end();
      });
    });
    const all = await recorded();
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set(["task-1234"]));
    const above = (name: string) => {
      const parentId = all.find((span) => span.name === name)?.parentId;
      return all.find(({ id }) => id === parentId)?.name;
    };
    expect(["turn", "agent", "tool", "chat"].map(above)).toEqual([undefined, "turn", "agent", "tool"]);
  });

  test("also where no context manager is registered", async () => {
    api.context.disable();
    tracer.span("turn", () => {
      otel().startActiveSpan("agent", (agent) => {
        otel().startSpan("chat").end();
        tracer.startSpan("tool").end();
        agent.end();
      });
    });
    const all = await recorded();
    const agent = all.find(({ name }) => name === "agent");
    expect(agent?.parentId).toBe(all.find(({ name }) => name === "turn")?.id);
    for (const name of ["chat", "tool"]) expect(all.find((span) => span.name === name)?.parentId).toBe(agent?.id);
  });

  test("a context that is passed, a root, and a context that is entered elsewhere are followed", async () => {
    const outer = otel().startSpan("outer");
    const within = api.trace.setSpan(api.context.active(), outer);
    tracer.span("turn", () => {
      otel().startSpan("passed", {}, within).end();
      otel().startSpan("root", { root: true }).end();
      api.context.with(within, () => tracer.startSpan("entered").end());
      api.context.with(api.context.active().setValue(Symbol("k"), 1), () => tracer.startSpan("kept").end());
    });
    outer.end();
    const all = await recorded();
    const idOf = (name: string) => all.find((span) => span.name === name)?.id;
    const parentOf = (name: string) => all.find((span) => span.name === name)?.parentId;
    expect(parentOf("passed")).toBe(idOf("outer"));
    expect(parentOf("root")).toBeUndefined();
    expect(parentOf("entered")).toBe(idOf("outer"));
    expect(parentOf("kept")).toBe(idOf("turn"));
  });

  test("an active span of ours is OpenTelemetry's active span, and can be written to", async () => {
    tracer.span("turn", (turn) => {
      const active = api.trace.getActiveSpan();
      expect(api.isSpanContextValid(active?.spanContext() as api.SpanContext)).toBe(true);
      expect(api.trace.getActiveSpan()).toBe(active);
      active?.setAttribute("user.id", "u1").addEvent("seen", { n: 1 });
      active?.recordException(new Error("dealt with"));
      expect(turn.status).toBe("OK");
    });
    const turn = await named("turn");
    expect(turn).toMatchObject({ status: "OK", error: { message: "dealt with" }, data: { "user.id": "u1" } });
    expect(turn?.data?.__otel__).toMatchObject({ events: [{ name: "seen" }, { name: "exception" }] });
    expect(turn?.data?.__otel__).not.toHaveProperty("unread");
  });

  test("nothing that begins in a trace that is not recorded is recorded", async () => {
    tracer.trace(undefined).span("off", () => {
      otel().startActiveSpan("chat", (chat) => {
        tracer.startSpan("tool").end();
        chat.end();
      });
    });
    expect(await recorded()).toEqual([]);
  });
});

describe("a span of another process", () => {
  const remote = (more: object) => ({
    traceId: "c".repeat(32),
    spanId: "d".repeat(16),
    traceFlags: 1,
    isRemote: true,
    ...more,
  });
  const start = (context: api.SpanContext) =>
    otel().startActiveSpan("chat", {}, api.trace.setSpanContext(api.ROOT_CONTEXT, context), (span) => {
      tracer.startSpan("inside").end();
      span.end();
      return span;
    });

  test("is the parent", async () => {
    const { traceId } = start(remote({})).spanContext();
    expect(traceId).toBe("c".repeat(32));
    expect(await named("chat")).toMatchObject({ traceId, parentId: "d".repeat(16) });
    expect(await named("inside")).toMatchObject({ traceId });
  });

  test("that decided not to record is followed", async () => {
    const context = api.trace.setSpan(api.ROOT_CONTEXT, start(remote({ traceFlags: 0 })));
    for (const span of [api.trace.getSpan(context), otel().startSpan("below", {}, context)]) {
      expect(span?.spanContext()).toMatchObject({ traceFlags: 0, traceId: "c".repeat(32) });
    }
    expect(await recorded()).toEqual([]);
  });

  test("passes its tracestate on, and ids that are not OpenTelemetry's go along", async () => {
    const traceState = api.createTraceState("other=1");
    expect(start(remote({ traceState })).spanContext().traceState?.serialize()).toBe("other=1");
    const sent = tracer.trace("task-1234").span("turn", () => otel().startSpan("chat").spanContext());
    const other = new MemoryExporter();
    const elsewhere = new Tracer({ exporters: [other] });
    everspanTracerProvider({ tracer: elsewhere })
      .getTracer("ai")
      .startSpan("far", {}, api.trace.setSpanContext(api.ROOT_CONTEXT, { ...sent, isRemote: true }))
      .end();
    await elsewhere.flush();
    expect(other.spans()[0]).toMatchObject({ traceId: "task-1234", parentId: sent.spanId });
  });
});

describe("by default spans of models, tools and agents are recorded, and their ancestors", () => {
  test("others are not", async () => {
    otel("http").startActiveSpan("GET /", (server) => {
      otel("pg").startSpan("SELECT").end();
      otel("http").startActiveSpan("middleware", (middle) => {
        otel("http").startSpan("chat", { attributes: CHAT }).end();
        middle.end();
      });
      server.end();
    });
    otel("http").startSpan("GET /health").end();
    const all = await recorded();
    expect(all.map(({ name }) => name).sort()).toEqual(["GET /", "chat", "middleware"]);
    expect(all.every(({ phase }) => phase === "ended")).toBe(true);
  });

  test("ancestors are those of our own spans too, even when they ended before", async () => {
    const server = otel("http").startSpan("GET /");
    const within = api.trace.setSpan(api.ROOT_CONTEXT, server);
    server.end();
    api.context.with(within, () => tracer.span("turn", () => {}));
    const all = await recorded();
    const [get, turn] = ["GET /", "turn"].map((name) => all.find((span) => span.name === name));
    expect(get?.phase).toBe("ended");
    expect(turn?.parentId).toBe(get?.id);
    expect(turn?.traceId).toBe(server.spanContext().traceId);
  });

  test("what a span is may be known at its end only", async () => {
    const span = otel("http").startSpan("POST");
    span.setAttributes(CHAT);
    span.end();
    expect(await named("POST")).toMatchObject({ phase: "ended", data: CHAT });
  });

  test.each([
    ["all", "all" as const, ["GET /"]],
    ["a function", (span: { name: string }) => span.name !== "GET /", []],
    [
      "a function that throws takes the span",
      () => {
        throw new Error("mine");
      },
      ["GET /"],
    ],
  ])("or what is asked for: %s", async (_, filter, expected) => {
    everspanTracerProvider({ tracer, filter }).getTracer("http").startSpan("GET /").end();
    expect((await recorded()).map(({ name }) => name)).toEqual(expected);
  });

  test("nothing is recorded where tracing is suppressed", async () => {
    const suppressed = api.ROOT_CONTEXT.setValue(
      api.createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING"),
      true,
    );
    const span = otel().startSpan("chat", {}, suppressed);
    span.end();
    expect(span.isRecording()).toBe(false);
    expect(await recorded()).toEqual([]);
  });
});

describe("the context manager", () => {
  test("binds functions and emitters' listeners", () => {
    const key = Symbol("k");
    const context = api.ROOT_CONTEXT.setValue(key, 1);
    const seen: unknown[] = [];
    const look = () => void seen.push(api.context.active().getValue(key));
    api.context.bind(context, look)();
    const emitter = api.context.bind(context, new EventEmitter());
    emitter.on("e", look).once("e", look);
    emitter.emit("e");
    emitter.emit("e");
    expect(seen).toEqual([1, 1, 1, 1]);
    emitter.off("e", look);
    emitter.once("e", look);
    emitter.removeListener("e", look);
    expect(emitter.listenerCount("e")).toBe(0);
    expect(api.context.bind(context, 5)).toBe(5);
  });

  test("gives `this` and the arguments", () => {
    const self = { n: 2 };
    const sum = function (this: typeof self, more: number) {
      return this.n + more;
    };
    expect(api.context.with(api.ROOT_CONTEXT, sum, self, 3)).toBe(5);
  });
});

test("a program that has a tracer provider is told what to do instead", () => {
  expect(() => registerEverspan(api, { tracer })).toThrow(/everspanSpanProcessor/);
});

test("the context manager of the application is followed", async () => {
  api.context.disable();
  const foreign = everspanContextManager({ tracer: new Tracer() });
  api.context.setGlobalContextManager(foreign);
  tracer.span("turn", () =>
    otel().startActiveSpan("agent", (agent) => {
      tracer.span("tool", () => otel().startSpan("chat").end());
      agent.end();
    }),
  );
  const all = await recorded();
  const parents = Object.fromEntries(
    all.map(({ name, parentId }) => [name, all.find(({ id }) => id === parentId)?.name]),
  );
  expect(parents).toEqual({ turn: undefined, agent: "turn", tool: "agent", chat: "tool" });
});
