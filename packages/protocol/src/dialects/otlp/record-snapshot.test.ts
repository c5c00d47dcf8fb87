import { describe, expect, test } from "vitest";
import { plainSnapshot } from "../../testing/arbitraries.ts";
import { toExactOtlpJson } from "./exact-fields.ts";
import { fromOtlpJson } from "./from-otlp.ts";
import { toOtlpJson } from "./otlp-json.ts";
import { snapshotOfRecord } from "./record-snapshot.ts";
import type { NormalizedSpan, OtlpSpanRecord } from "./span-record.ts";

const bare: OtlpSpanRecord = {
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  name: "chat",
  kind: "UNSPECIFIED",
  startTime: "2026-01-31T12:00:00.000000Z",
  status: { code: "UNSET" },
  attributes: {},
  events: [],
  links: [],
  scope: { name: "" },
  resource: { attributes: {} },
  mistakes: [],
};
const read = (changes: Partial<OtlpSpanRecord>, normal: Partial<NormalizedSpan> = {}) =>
  snapshotOfRecord({ ...bare, ...changes }, () => ({ data: {}, ...normal }));
const event = (name: string, attributes: Record<string, unknown> = {}) => ({ name, time: null, attributes });

describe("another tracer's span", () => {
  const snapshot = {
    phase: "started",
    revision: 0,
    traceId: bare.traceId,
    id: bare.spanId,
    name: "chat",
    type: "STANDALONE",
    startTime: bare.startTime,
    status: "OK",
    data: { __otel__: {} },
  };

  test("that ended with an error which says somebody stopped it is CANCELED; another error, or one that was dealt with, is not", () => {
    const ended = (type: string, code: "ERROR" | "UNSET") =>
      read({ status: { code }, events: [event("exception", { "exception.type": type })] }).status;
    expect(ended("AbortError", "ERROR")).toBe("CANCELED");
    expect(ended("TypeError", "ERROR")).toBe("ERROR");
    expect(ended("AbortError", "UNSET")).toBe("OK");
  });

  test("that says little is a snapshot that says as little", () => {
    expect(read({})).toStrictEqual(snapshot);
    const endTime = "2026-01-31T12:00:01.000000Z";
    expect(read({ endTime })).toStrictEqual({ ...snapshot, phase: "ended", revision: 2, endTime });
  });

  test("is what its attributes mean, to who knows their conventions", () => {
    const normal = {
      type: "COMPLETION",
      name: "gpt",
      taskId: "session",
      input: "a",
      output: 0,
      status: "CANCELED",
      error: { type: "E", message: "m" },
      data: { left: 1 },
    } as const;
    expect(read({ parentSpanId: "00f067aa0ba902b7" }, normal)).toStrictEqual({
      ...snapshot,
      ...normal,
      parentId: "00f067aa0ba902b7",
      data: { left: 1, __otel__: {} },
    });
  });

  test("keeps beside its data whatever no field of a snapshot holds", () => {
    const rest = {
      kind: "CLIENT",
      status: { code: "OK" },
      traceState: "a=1",
      flags: 1,
      scope: { name: "lib" },
      events: [event("e")],
      links: [{ traceId: bare.traceId, spanId: "00f067aa0ba902b7", attributes: {} }],
      dropped: { events: 1 },
      mistakes: ["one"],
    } as const;
    const resource = { attributes: { a: 1 }, schemaUrl: "https://s", droppedAttributes: 2 };
    expect(read({ ...rest, resource }).data).toStrictEqual({
      __otel__: { ...rest, resource: { a: 1 }, resourceSchemaUrl: "https://s", resourceDroppedAttributes: 2 },
    });
  });

  test.each<[what: string, changes: Partial<OtlpSpanRecord>, kept: object]>([
    ["a status that says nothing", { status: { code: "UNSET" } }, {}],
    ["an error, which the snapshot has", { status: { code: "ERROR" } }, {}],
    [
      "a message without an error",
      { status: { code: "UNSET", message: "m" } },
      { status: { code: "UNSET", message: "m" } },
    ],
    ["a scope without a name", { scope: { name: "", version: "1" } }, { scope: { name: "", version: "1" } }],
  ])("keeps only what it would not have anyway: %s", (_what, changes, kept) => {
    expect(read(changes).data?.__otel__).toStrictEqual(kept);
  });

  test("leaves out events that became part of input or output", () => {
    const events = [event("a"), event("b"), event("c")];
    expect(read({ events }, { takenEvents: [true, false] }).data?.__otel__).toStrictEqual({ events: events.slice(1) });
    expect(read({ events: events.slice(0, 1) }, { takenEvents: [true] }).data?.__otel__).toStrictEqual({});
  });

  test("with an attribute of the reserved name has it within", () => {
    expect(read({}, { data: { __otel__: 5, a: 1 } }).data).toStrictEqual({
      a: 1,
      __otel__: { attributes: { __otel__: 5 } },
    });
  });

  test("is of the service that its resource and its attributes name", () => {
    const resource = { attributes: { "service.name": "app", "service.version": "1" } };
    const attributes = { "gen_ai.agent.name": "agent", "gen_ai.agent.id": "a1" };
    expect(read({ resource, attributes }).service).toStrictEqual({
      name: "app",
      version: "1",
      agentName: "agent",
      agentId: "a1",
    });
    expect(read({ resource: { attributes: { "service.name": "unknown_service" } } }).service).toStrictEqual({
      name: "unknown_service",
    });
    expect(read({ resource: { attributes: { "service.name": 5 } } })).not.toHaveProperty("service");
  });

  describe("has for its error", () => {
    const exception = event("exception", {
      "exception.type": "E",
      "exception.message": "m",
      "exception.stacktrace": "s",
    });
    test.each<[what: string, changes: Partial<OtlpSpanRecord>, error: object | undefined]>([
      [
        "the last exception",
        { events: [event("exception"), exception, event("after")] },
        { type: "E", message: "m", stack: "s" },
      ],
      ["an exception that says nothing", { events: [event("exception")] }, { type: "Error", message: "" }],
      [
        "the status's message where the exception has none",
        { events: [event("exception")], status: { code: "ERROR", message: "no" } },
        { type: "Error", message: "no" },
      ],
      ["the message of an error", { status: { code: "ERROR", message: "no" } }, { type: "Error", message: "no" }],
      ["nothing, when an error says nothing", { status: { code: "ERROR" } }, undefined],
      ["nothing, when a message is of no error", { status: { code: "OK", message: "fine" } }, undefined],
      ["nothing, when an event is another", { events: [event("message")] }, undefined],
    ])("%s", (_what, changes, error) => {
      expect(read(changes).error).toStrictEqual(error);
    });
  });
});

describe("a span of ours", () => {
  const ours = (attributes: Record<string, unknown>, changes: Partial<OtlpSpanRecord> = {}) =>
    read({ ...changes, attributes: { "everspan.type": "COMPLETION", ...attributes } });
  const endTime = "2026-01-31T12:00:01.000000Z";

  test("of its type alone has OTLP's ids and no more", () => {
    expect(ours({})).toStrictEqual({
      phase: "started",
      revision: 0,
      traceId: bare.traceId,
      id: bare.spanId,
      name: "chat",
      type: "COMPLETION",
      startTime: bare.startTime,
      status: "OK",
    });
    expect(ours({}, { endTime })).toMatchObject({ phase: "ended", revision: 2, endTime });
  });

  test("has its own ids, revision, task and status again", () => {
    const attributes = {
      "everspan.revision": 7,
      "everspan.trace_id": "trace",
      "everspan.span_id": "span",
      "everspan.parent_id": "parent",
      "everspan.task_id": "task",
      "everspan.status": "CANCELED",
    };
    expect(ours(attributes)).toMatchObject({
      revision: 7,
      traceId: "trace",
      id: "span",
      parentId: "parent",
      taskId: "task",
      status: "CANCELED",
    });
  });

  test.each([
    ["empty", ""],
    ["too long", "x".repeat(257)],
    ["with a NUL", "a\0"],
    ["a number", 5],
  ])("with an id that is %s keeps OTLP's", (_what, id) => {
    const ids = { "everspan.trace_id": id, "everspan.span_id": id, "everspan.parent_id": id };
    expect(ours(ids, { parentSpanId: "00f067aa0ba902b7" })).toMatchObject({
      traceId: bare.traceId,
      id: bare.spanId,
      parentId: "00f067aa0ba902b7",
    });
    expect(ours({ "everspan.span_id": "x".repeat(256) }).id).toHaveLength(256);
  });

  test("with a revision that is none, or another status, has those of its phase", () => {
    expect(ours({ "everspan.revision": -1, "everspan.status": "LOST" }, { status: { code: "ERROR" } })).toMatchObject({
      revision: 0,
      status: "ERROR",
    });
  });

  test("has its payloads by their type", () => {
    const payloads = (value: unknown, type: string) => ({
      "input.value": value,
      "input.mime_type": type,
      "output.value": value,
      "output.mime_type": type,
    });
    const read = (value: unknown, type: string) => [
      ours(payloads(value, type)).input,
      ours(payloads(value, type)).output,
    ];
    expect(read("[1]", "text/plain")).toEqual(["[1]", "[1]"]);
    expect(read(' {"a":1}', "application/json")).toEqual([{ a: 1 }, { a: 1 }]);
    expect(read("5", "application/json")).toEqual([5, 5]);
    expect(read("null", "application/json")).toEqual([null, null]);
    expect(read("no JSON", "application/json")).toEqual(["no JSON", "no JSON"]);
    expect(read("[no JSON", "application/json")).toEqual(["[no JSON", "[no JSON"]);
    expect(read(5, "application/json")).toEqual([5, 5]);
  });

  test("links to the span of OpenTelemetry that it ran in, when the link is one", () => {
    const obs = { traceId: bare.traceId, spanId: "00f067aa0ba902b7" };
    expect(ours({}, { links: [{ ...obs, attributes: { a: 1 } }] }).obs).toStrictEqual(obs);
    expect(ours({}, { links: [{ traceId: "x", spanId: "y", attributes: {} }] })).not.toHaveProperty("obs");
  });

  test("whose service has no name has none", () => {
    const resource = { attributes: { "service.name": "unknown_service" } };
    expect(ours({}, { resource })).not.toHaveProperty("service");
  });

  describe("that passed a collector on the way", () => {
    test("has what was added, and nothing that it wrote itself", () => {
      const attributes = {
        metadata: '{"a.b":1,"c":2}',
        "a.b": 1,
        "metadata.c": 2,
        "session.id": "s",
        "tool.name": "t",
        "llm.model_name": "m",
        "added.by": "collector",
        "x.metadata": 1,
      };
      const resource = { attributes: { "service.name": "app", "telemetry.sdk.name": "everspan", "k8s.pod": "p" } };
      const events = [event("exception"), event("added")];
      expect(ours(attributes, { resource, events, mistakes: ["one"] }).data).toStrictEqual({
        "a.b": 1,
        c: 2,
        __otel__: {
          attributes: { "added.by": "collector", "x.metadata": 1 },
          resource: { "k8s.pod": "p" },
          events: [event("added")],
          mistakes: ["one"],
        },
      });
    });

    test.each<[what: string, changes: Partial<OtlpSpanRecord>, added: object]>([
      ["an event", { events: [event("added")] }, { events: [event("added")] }],
      ["a mistake", { mistakes: ["one"] }, { mistakes: ["one"] }],
      ["a resource", { resource: { attributes: { k: 1 } } }, { resource: { k: 1 } }],
    ])("says what alone was added: %s", (_what, changes, added) => {
      expect(ours({}, changes).data).toStrictEqual({ __otel__: added });
    });

    test("has no data of its own when that is no object", () => {
      expect(ours({ metadata: "[1]" })).not.toHaveProperty("data");
      expect(ours({ metadata: "text" })).not.toHaveProperty("data");
    });
  });
});

describe("OTLP without a loss", () => {
  const back = (request: unknown) => {
    const decoded = fromOtlpJson(JSON.parse(JSON.stringify(request)));
    return decoded.ok ? decoded.snapshots[0] : decoded;
  };
  const attributesOf = (request: ReturnType<typeof toOtlpJson>) =>
    request.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.attributes;

  test.each<[what: string, changes: Parameters<typeof plainSnapshot>[0]]>([
    ["a service without a name", { service: { agentId: "a", acpType: "sync" } }],
    ["a service without anything", { service: {} }],
    ["an instant of before 1970", { startTime: "1969-01-01T00:00:00.000000Z" }],
    ["an error without ERROR", { error: { type: "E", message: "m" } }],
    ["a name of half a surrogate pair", { name: "a\ud800" }],
  ])("%s comes back as it was", (_what, changes) => {
    const snapshot = plainSnapshot(changes);
    expect(back(toExactOtlpJson([snapshot]))).toStrictEqual(snapshot);
  });

  test("writes nothing more of a span that comes back anyway", () => {
    const snapshot = plainSnapshot({ data: { a: 1 }, input: "x" });
    expect(toExactOtlpJson([snapshot])).toStrictEqual(toOtlpJson([snapshot]));
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no lists", '{"name":"x"}'],
    ["an invalid span", '{"traceId":[""]}'],
  ])("what is %s where the exact fields are changes nothing", (_what, exact) => {
    const snapshot = plainSnapshot();
    const request = toOtlpJson([snapshot]);
    const attributes = [...attributesOf(request), { key: "everspan.exact", value: { stringValue: exact } }];
    const [{ resource, scopeSpans }] = request.resourceSpans as [(typeof request.resourceSpans)[0]];
    const span = { ...scopeSpans[0]!.spans[0]!, attributes };
    expect(
      back({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "everspan" }, spans: [span] }] }] }),
    ).toStrictEqual(snapshot);
  });
});

describe("a request that arrived", () => {
  const request = (startTimeUnixNano: string) => ({
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: bare.traceId, spanId: bare.spanId, startTimeUnixNano }] }] }],
  });
  const receivedMicros = 1_769_860_800_000_000;
  const ahead = "startTimeUnixNano is more than five minutes after the span arrived: the sender's clock is ahead";

  test("five minutes before its span began is of a clock that may be right, and earlier of one that is ahead", () => {
    const atFive = fromOtlpJson(request("1769861100000000000"), { receivedMicros });
    expect(atFive).toMatchObject({ errorMessage: "", snapshots: [{ data: { __otel__: {} } }] });
    const later = fromOtlpJson(request("1769861100000001000"), { receivedMicros });
    expect(later).toMatchObject({ errorMessage: ahead, snapshots: [{ data: { __otel__: { mistakes: [ahead] } } }] });
    expect(fromOtlpJson(request("1769861100000001000"))).toMatchObject({ errorMessage: "" });
  });

  test("with mistakes says ten of them, each once, in a thousand characters", () => {
    const span = (id: number) => ({
      traceId: bare.traceId,
      spanId: bare.spanId,
      startTimeUnixNano: "1",
      kind: `${"k".repeat(38)}${id % 20}`,
    });
    const spans = Array.from({ length: 40 }, (_, id) => span(id));
    const decoded = fromOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    if (!decoded.ok) throw new Error(decoded.message);
    expect(decoded.errorMessage.split("; ")).toHaveLength(10);
    expect(new Set(decoded.errorMessage.split("; ")).size).toBe(10);
    const twice = (id: number) => [1, 2].map(() => ({ key: `${id}${"x".repeat(200)}` }));
    const ids = { traceId: bare.traceId, spanId: bare.spanId, startTimeUnixNano: "1769860800000000000" };
    const long = Array.from({ length: 12 }, (_, id) => ({ ...ids, attributes: twice(id) }));
    const cut = fromOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: long }] }] });
    expect(cut.ok && cut.errorMessage).toHaveLength(1000);
  });
});
