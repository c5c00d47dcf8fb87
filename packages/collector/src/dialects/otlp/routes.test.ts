import { gzipSync } from "node:zlib";
import { ProtoReader, type SpanSnapshot, type StoredSpan, toOtlpJson, toOtlpProto } from "@everspan/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture } from "../../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

const PROTOBUF = { "content-type": "application/x-protobuf" };
const TRACE = "5b8efff798038103d269b633813fc60c";
const START = "1769860800000000000";
const END = "1769860801000000000";

const post = (body: unknown, headers: Record<string, string> = {}, path = "/v1/traces") =>
  fixture.send("POST", path, body, headers);
const span = (spanId: string, fields: Record<string, unknown> = {}) => ({
  traceId: TRACE,
  spanId,
  name: "work",
  startTimeUnixNano: START,
  endTimeUnixNano: END,
  ...fields,
});
const request = (...spans: unknown[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const stored = async (id: string, trace = TRACE): Promise<StoredSpan> =>
  (await (await fixture.get(`/api/traces/${trace}/spans/${id}`)).json()) as StoredSpan;

describe("a request", () => {
  test.each(["/v1/traces", "/api/public/otel/v1/traces", "/otel/v1/traces"])("of %s is stored", async (path) => {
    const id = path.length.toString(16).padStart(16, "a");
    const response = await post(request(span(id)), {}, path);
    expect([response.status, await response.json()]).toEqual([200, { partialSuccess: {} }]);
    expect(await stored(id)).toMatchObject({
      name: "work",
      startTime: "2026-01-31T12:00:00.000000Z",
      durationMs: 1000,
    });
  });

  test("of protobuf is answered in protobuf, with an empty body when all was taken", async () => {
    const snapshot = { ...exampleSnapshot, id: "00000000000000b1" };
    const response = await post(toOtlpProto([snapshot]).slice(), PROTOBUF);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    expect(await stored(snapshot.id, snapshot.traceId)).toMatchObject(snapshot);
  });

  test("may be gzip, in both forms", async () => {
    const gzip = { "content-encoding": "gzip" };
    expect((await post(gzipSync(JSON.stringify(request(span("00000000000000c1")))), gzip)).status).toBe(200);
    const bytes = toOtlpProto([{ ...exampleSnapshot, id: "00000000000000c2" }]);
    expect((await post(gzipSync(bytes), { ...PROTOBUF, ...gzip })).status).toBe(200);
    expect(await stored("00000000000000c1")).toMatchObject({ name: "work" });
  });

  test("without spans is a success: the specification's empty request", async () => {
    expect((await post({})).status).toBe(200);
    expect((await post(new Uint8Array(), PROTOBUF)).status).toBe(200);
  });

  test("with one bad span is a partial success that says why, and the others are stored", async () => {
    const base64 = Buffer.from("5b8efff798038103", "hex").toString("base64");
    const response = await post(request(span(base64), span("00000000000000d1"), "span", span("0".repeat(16))));
    expect(response.status).toBe(200);
    const { partialSuccess } = (await response.json()) as { partialSuccess: Record<string, string> };
    expect(partialSuccess.rejectedSpans).toBe("3");
    expect(partialSuccess.errorMessage).toContain("8 bytes in base64: OTLP's JSON form has ids in hex");
    expect(partialSuccess.errorMessage).toContain("a span must be an object, got a string");
    expect(partialSuccess.errorMessage).toContain("got zeros");
    expect(await stored("00000000000000d1")).toMatchObject({ name: "work" });
  });

  test("of protobuf with a bad span is a partial success in protobuf", async () => {
    const bytes = Buffer.from(toOtlpProto([exampleSnapshot]));
    const at = bytes.indexOf(Buffer.from(exampleSnapshot.traceId, "hex"));
    bytes.fill(0, at, at + 16);
    const response = await post(bytes, PROTOBUF);
    const reader = new ProtoReader(new Uint8Array(await response.arrayBuffer()));
    expect([response.status, reader.next(), reader.field]).toEqual([200, true, 1]);
    reader.enter();
    expect([reader.next(), reader.int64()]).toEqual([true, 1]);
    expect([reader.next(), reader.string()]).toEqual([true, expect.stringContaining("traceId must be 32 hex digits")]);
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "{", "not valid JSON"],
    ["a list", [], "a request must be an object, got an array"],
    ["no list of spans", { resourceSpans: {} }, "resourceSpans must be an array, got an object"],
    ["a text among them", { resourceSpans: ["x"] }, "resourceSpans must hold objects, got a string"],
    ["no list of scopes", { resourceSpans: [{ scopeSpans: 1 }] }, "scopeSpans must be an array, got a number"],
  ])("that is %s is 400 with a Status", async (_what, body, message) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 3, message: expect.stringContaining(message) as string });
  });

  test("that is no protobuf is 400 with a Status in protobuf", async () => {
    const response = await post(new Uint8Array([10, 200, 1, 2]), PROTOBUF);
    expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/x-protobuf"]);
    const reader = new ProtoReader(new Uint8Array(await response.arrayBuffer()));
    expect([reader.next(), reader.uint()]).toEqual([true, 3]);
    expect([reader.next(), reader.string()]).toEqual([
      true,
      expect.stringContaining("is no ExportTraceServiceRequest"),
    ]);
  });

  test("of another type is 415", async () => {
    expect((await post("{}", { "content-type": "text/plain" })).status).toBe(415);
  });

  test("with names in snake_case says so instead of taking nothing in silence", async () => {
    const response = await post({ resource_spans: [] });
    expect(await response.json()).toEqual({
      partialSuccess: { errorMessage: expect.stringContaining("lowerCamelCase") as string },
    });
  });
});

describe("a span", () => {
  test("keeps everything that OTLP says of it, beside its attributes", async () => {
    const attribute = (key: string, value: unknown) => ({ key, value });
    const given = span("00000000000000e1", {
      kind: 3,
      traceState: "vendor=1",
      flags: 257,
      parentSpanId: "00000000000000e0",
      attributes: [
        attribute("resource", { stringValue: "the application's own" }),
        attribute("big", { intValue: "9223372036854775807" }),
        attribute("empty", {}),
        attribute("bytes", { bytesValue: "AAEC" }),
        attribute("json", { stringValue: '{"id":12345678901234567890}' }),
        attribute("list", { arrayValue: { values: [{ intValue: 1 }, {}, { doubleValue: "NaN" }] } }),
      ],
      droppedAttributesCount: 4,
      droppedEventsCount: 5,
      droppedLinksCount: 6,
      events: [
        {
          name: "exception",
          timeUnixNano: START,
          attributes: [attribute("exception.message", { stringValue: "first" })],
        },
        {
          name: "exception",
          timeUnixNano: END,
          droppedAttributesCount: 1,
          attributes: [
            attribute("exception.message", { stringValue: "last" }),
            attribute("escaped", { boolValue: true }),
          ],
        },
      ],
      links: [{ traceId: TRACE, spanId: "00000000000000ee", traceState: "a=b", attributes: [] }],
      status: { code: 2, message: "it failed" },
    });
    const resource = { attributes: [attribute("service.name", { stringValue: "app" })], droppedAttributesCount: 7 };
    const scope = { name: "lib", version: "1.2", attributes: [attribute("s", { intValue: "1" })] };
    const scopeSpans = [{ scope, spans: [given], schemaUrl: "https://example.com/scope" }];
    await post({ resourceSpans: [{ resource, scopeSpans, schemaUrl: "https://example.com/resource" }] });
    expect(await stored("00000000000000e1")).toMatchObject({
      parentId: "00000000000000e0",
      status: "ERROR",
      error: { message: "last" },
      service: { name: "app" },
      data: {
        resource: "the application's own",
        big: "9223372036854775807",
        empty: null,
        bytes: "AAEC",
        // As this test's own parser has it; that its digits are kept is in kept-numbers.test.ts.
        json: { id: Number("12345678901234567890") },
        list: [1, null, "NaN"],
        __otel__: {
          kind: "CLIENT",
          traceState: "vendor=1",
          flags: 257,
          scope: { name: "lib", version: "1.2", attributes: { s: 1 }, schemaUrl: "https://example.com/scope" },
          resource: { "service.name": "app" },
          resourceSchemaUrl: "https://example.com/resource",
          resourceDroppedAttributes: 7,
          dropped: { attributes: 4, events: 5, links: 6 },
          events: [
            { name: "exception", time: "2026-01-31T12:00:00.000000Z", attributes: { "exception.message": "first" } },
            { droppedAttributes: 1, attributes: { "exception.message": "last", escaped: true } },
          ],
          links: [{ traceId: TRACE, spanId: "00000000000000ee", traceState: "a=b" }],
        },
      },
    });
  });

  test("with 64-bit integers as numbers keeps their digits", async () => {
    const attributes = `[{"key":"id","value":{"intValue":9007199254740993}},{"key":"text","value":{"stringValue":"\\"intValue\\":9007199254740993"}}]`;
    const text = JSON.stringify(request(span("00000000000000f1", { attributes: 1 }))).replace(
      '"attributes":1',
      `"attributes":${attributes}`,
    );
    await post(text);
    expect((await stored("00000000000000f1")).data).toMatchObject({
      id: "9007199254740993",
      text: '"intValue":9007199254740993',
    });
  });

  test.each([
    ["milliseconds", "1769860800123", "1769860801000", "2026-01-31T12:00:00.123000Z"],
    ["seconds", "1769860800", "1769860801", "2026-01-31T12:00:00.000000Z"],
    ["microseconds", "1769860800123456", "1769860801000000", "2026-01-31T12:00:00.123456Z"],
  ])("with its times in %s is read as that, and says so", async (unit, startTimeUnixNano, endTimeUnixNano, start) => {
    const id = unit.length.toString(16).padStart(16, "1");
    const response = await post(request(span(id, { startTimeUnixNano, endTimeUnixNano })));
    const { partialSuccess } = (await response.json()) as { partialSuccess: Record<string, string> };
    expect(partialSuccess.errorMessage).toContain(`is in ${unit}, not nanoseconds`);
    expect(partialSuccess.rejectedSpans).toBeUndefined();
    const read = await stored(id);
    expect(read).toMatchObject({ startTime: start, endTime: "2026-01-31T12:00:01.000000Z" });
    expect(JSON.stringify(read.data)).toContain(`is in ${unit}`);
  });

  test("that ends before it starts keeps the end that was given, in words", async () => {
    await post(request(span("00000000000000a7", { endTimeUnixNano: "1769860799000000000" })));
    const read = await stored("00000000000000a7");
    expect(read.endTime).toBe(read.startTime);
    expect(JSON.stringify(read.data)).toContain("endTimeUnixNano is 2026-01-31T11:59:59.000000Z, 1000 ms before");
  });

  test("with enums as text keeps its error, and says that they are text", async () => {
    const status = { code: "STATUS_CODE_ERROR", message: "broken" };
    const response = await post(request(span("00000000000000a8", { kind: "SPAN_KIND_SERVER", status })));
    expect(await response.text()).toContain("status.code is a text");
    expect(await stored("00000000000000a8")).toMatchObject({
      status: "ERROR",
      error: { message: "broken" },
      data: { __otel__: { kind: "SERVER" } },
    });
  });

  test("of ours gains what a collector on the way added, and nothing else", async () => {
    const { resourceSpans } = JSON.parse(JSON.stringify(ownRequest())) as { resourceSpans: Resource[] };
    resourceSpans[0]!.resource.attributes.push({ key: "k8s.pod.name", value: { stringValue: "pod-1" } });
    resourceSpans[0]!.scopeSpans[0]!.spans[0]!.attributes.push({ key: "team", value: { stringValue: "a" } });
    await post({ resourceSpans });
    const { durationMs: _duration, ...read } = await stored(exampleSnapshot.id, exampleSnapshot.traceId);
    const added = { attributes: { team: "a" }, resource: { "k8s.pod.name": "pod-1" } };
    expect(read).toEqual({ ...exampleSnapshot, data: { ...exampleSnapshot.data, __otel__: added } });
  });
});

interface Resource {
  resource: { attributes: unknown[] };
  scopeSpans: { spans: { attributes: unknown[] }[] }[];
}

const exampleSnapshot: SpanSnapshot = {
  phase: "ended",
  revision: 2,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  id: "00f067aa0ba902b7",
  name: "own",
  type: "CUSTOM",
  startTime: "2026-01-31T12:00:00.000000Z",
  endTime: "2026-01-31T12:00:01.000000Z",
  status: "OK",
  input: { question: "2 + 2?" },
  data: { answer: 4 },
};
const ownRequest = () => toOtlpJson([exampleSnapshot]);

describe("log records", () => {
  const record = (name: string, body: unknown, fields: Record<string, unknown> = {}) => ({
    traceId: TRACE,
    spanId: "00000000000000a9",
    timeUnixNano: START,
    eventName: name,
    body,
    ...fields,
  });
  const message = (role: string, content: string) =>
    record(`gen_ai.${role}.message`, {
      kvlistValue: { values: [{ key: "content", value: { stringValue: content } }] },
    });
  const logs = (...logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });

  test.each(["before", "after"])("that are GenAI events are joined to their span, which came %s", async (when) => {
    const spanId = when === "before" ? "00000000000000a9" : "00000000000000aa";
    const call = () => post(request(span(spanId, { kind: 3, name: "chat m" })));
    const say = () =>
      post(
        logs(...[message("system", "be brief"), message("user", "hi")].map((one) => ({ ...one, spanId }))),
        {},
        "/v1/logs",
      );
    for (const send of when === "before" ? [call, say, say] : [say, say, call]) expect((await send()).status).toBe(200);
    expect(await stored(spanId)).toMatchObject({
      name: "chat m",
      phase: "ended",
      input: {
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "hi" },
        ],
      },
      data: {
        __otel__: { kind: "CLIENT", logs: [{ name: "gen_ai.system.message" }, { name: "gen_ai.user.message" }] },
      },
    });
  });

  test("that are none are counted as rejected, in words", async () => {
    const plain = record("", { stringValue: "a line" });
    const response = await post(logs(plain, { ...plain, traceId: "" }), {}, "/v1/logs");
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedLogRecords: "2", errorMessage: expect.stringContaining("gen_ai.*") as string },
    });
  });

  test("metrics are accepted, and it is said that they are not kept", async () => {
    const response = await post({ resourceMetrics: [] }, {}, "/v1/metrics");
    expect([response.status, await response.json()]).toEqual([
      200,
      { partialSuccess: { errorMessage: "metrics are not kept here" } },
    ]);
  });
});
