import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENDED } from "../../revision.ts";
import { jsonValue, plainSnapshot, spanSnapshot } from "../../testing/arbitraries.ts";
import { decodeOtlpJson } from "./decode-json.ts";
import { decodeOtlpProto } from "./decode-proto.ts";
import { type DecodedOtlp, fromOtlpJson, fromOtlpProto } from "./from-otlp.ts";
import { toOtlpJson } from "./otlp-json.ts";
import { toOtlpProto } from "./otlp-proto.ts";
import type { OtlpSpan } from "./otlp-types.ts";

function spanOf(changes: Parameters<typeof plainSnapshot>[0]): OtlpSpan {
  return toOtlpJson([plainSnapshot(changes)]).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

function attributesOf(changes: Parameters<typeof plainSnapshot>[0]): Record<string, unknown> {
  return Object.fromEntries(spanOf(changes).attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function snapshotsOf(decoded: DecodedOtlp) {
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.snapshots;
}

describe("a request", () => {
  test("says the same as JSON and as protobuf", () => {
    fc.assert(
      fc.property(fc.array(spanSnapshot, { maxLength: 5 }), (snapshots) => {
        const json = JSON.parse(JSON.stringify(toOtlpJson(snapshots))) as unknown;
        expect(fromOtlpProto(toOtlpProto(snapshots))).toEqual(withoutLoneSurrogates(fromOtlpJson(json)));
      }),
    );
  });

  test("gives our own collector ids, times, type, status, payloads and data back", () => {
    fc.assert(
      fc.property(spanSnapshot, (drawn) => {
        const { service: _service, error: _error, ...snapshot } = drawn;
        const [decoded] = snapshotsOf(fromOtlpJson(toOtlpJson([{ ...snapshot, status: "OK" }])));
        const { service: _agent, ...rest } = decoded!;
        expect(rest).toEqual({ ...snapshot, status: "OK" });
      }),
      { numRuns: 300 },
    );
  });

  test("has one resource per service", () => {
    const services = [{ name: "a" }, { name: "b", version: "1" }, { name: "a" }];
    const { resourceSpans } = toOtlpJson(services.map((service) => plainSnapshot({ service })));
    expect(resourceSpans.map(({ scopeSpans }) => scopeSpans[0]?.spans.length)).toEqual([2, 1]);
  });

  test("grows beyond its first buffer", () => {
    const input = "é".repeat(300_000);
    const snapshots = Array.from({ length: 10 }, () => plainSnapshot({ input }));
    expect(snapshotsOf(fromOtlpProto(toOtlpProto(snapshots))).map((snapshot) => snapshot.input)).toEqual(
      Array(10).fill(input),
    );
  });
});

/** UTF-8 has no lone surrogates: in protobuf they are U+FFFD. */
function withoutLoneSurrogates(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\p{Surrogate}/gu, "\ufffd");
  if (Array.isArray(value)) return value.map(withoutLoneSurrogates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [withoutLoneSurrogates(key), withoutLoneSurrogates(part)]),
  );
}

describe("what a request says of itself", () => {
  test("is one resource with the service's names, and a scope", () => {
    const resourceOf = (service: { name?: string; version?: string } | undefined) =>
      toOtlpJson([plainSnapshot(service === undefined ? {} : { service })]).resourceSpans[0]!;
    const values = (service: Parameters<typeof resourceOf>[0]) =>
      resourceOf(service).resource.attributes.map(({ key, value }) => [key, value]);
    const sdk = [
      ["telemetry.sdk.name", { stringValue: "everspan" }],
      ["telemetry.sdk.language", { stringValue: "nodejs" }],
    ];
    const named = (name: string) => ({ stringValue: name });
    expect(values(undefined)).toEqual([
      ["service.name", named("unknown_service")],
      ["openinference.project.name", named("unknown_service")],
      ...sdk,
    ]);
    expect(values({ name: "a", version: "1" })).toEqual([
      ["service.name", named("a")],
      ["service.version", named("1")],
      ["openinference.project.name", named("a")],
      ...sdk,
    ]);
    expect(resourceOf(undefined).scopeSpans[0]!.scope).toEqual({ name: "everspan" });
  });
});

describe("a span", () => {
  test.each([
    ["COMPLETION", "OK", 3, 1],
    ["CUSTOM", "ERROR", 1, 2],
    ["CUSTOM", "CANCELED", 1, 0],
  ] as const)("of the type %s with the status %s has the kind %i and the code %i", (type, status, kind, code) => {
    expect(spanOf({ type, status })).toMatchObject({ kind, status: { code } });
  });

  test("that runs ends at 0, and times up to 1970 are its first microsecond", () => {
    const { endTime: _end, ...started } = plainSnapshot({ phase: "started", startTime: "1969-01-01T00:00:00.000000Z" });
    const [span] = toOtlpJson([started]).resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(span).toMatchObject({ startTimeUnixNano: "1000", endTimeUnixNano: "0" });
    for (const field of ["parentSpanId", "events", "links"]) expect(span).not.toHaveProperty(field);
    expect(span!.status).toStrictEqual({ code: 1 });
  });

  test("has its values by their types", () => {
    const data = { text: "a", yes: true, no: false, int: 5, double: 1.5, large: 2 ** 60 };
    const values = Object.fromEntries(spanOf({ data }).attributes.map(({ key, value }) => [key, value]));
    expect(values).toMatchObject({
      "metadata.text": { stringValue: "a" },
      "metadata.yes": { boolValue: true },
      "metadata.no": { boolValue: false },
      "metadata.int": { intValue: "5" },
      "metadata.double": { doubleValue: 1.5 },
      "metadata.large": { doubleValue: 2 ** 60 },
    });
    expect(snapshotsOf(fromOtlpProto(toOtlpProto([plainSnapshot({ data })])))[0]!.data).toEqual(data);
  });

  test("that failed has its exception at its end, or at its start while it runs, and its link", () => {
    const obs = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" };
    const error = { type: "E", message: "m", stack: "at" };
    const text = (value: string) => ({ stringValue: value });
    expect(spanOf({ error, obs })).toMatchObject({
      events: [
        {
          timeUnixNano: "1769860801500000000",
          name: "exception",
          attributes: [
            { key: "exception.type", value: text("E") },
            { key: "exception.message", value: text("m") },
            { key: "exception.stacktrace", value: text("at") },
          ],
        },
      ],
      links: [obs],
    });
    const { endTime: _end, ...open } = plainSnapshot({ phase: "started", error: { type: "E", message: "m" }, obs });
    const [span] = toOtlpJson([open]).resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(span!.events![0]).toMatchObject({ timeUnixNano: "1769860800000000000" });
    expect(span!.events![0]!.attributes).toHaveLength(2);
    expect(snapshotsOf(fromOtlpProto(toOtlpProto([open])))[0]).toMatchObject({
      obs,
      error: { type: "E", message: "m" },
    });
  });

  test("has ids of OTLP's form and keeps its own beside them", () => {
    const traceId = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
    expect(spanOf({ traceId }).traceId).toBe(traceId.replaceAll("-", ""));
    expect(spanOf({ id: "any id" }).spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(spanOf({ parentId: "any id" }).parentSpanId).toBe(spanOf({ id: "any id" }).spanId);
    expect(attributesOf({ traceId, id: "any id" })).toMatchObject({
      "everspan.trace_id": traceId,
      "everspan.span_id": "any id",
    });
    expect(attributesOf({ id: "00f067aa0ba902b7" })).not.toHaveProperty(["everspan.span_id"]);
  });

  test("has its times to the nanosecond as text", () => {
    expect(spanOf({})).toMatchObject({
      startTimeUnixNano: "1769860800000000000",
      endTimeUnixNano: "1769860801500000000",
    });
  });

  test("of a model call speaks GenAI and OpenInference", () => {
    const attributes = attributesOf({
      type: "COMPLETION",
      taskId: "task",
      input: {
        model: "gpt-4o",
        messages: [
          { role: "user", content: "hi" },
          { role: "tool", tool_call_id: "c", content: "4" },
        ],
      },
      output: {
        model: "gpt-4o-2024",
        choices: [
          {
            finish_reason: "tool_calls",
            message: {
              role: "assistant",
              content: null,
              tool_calls: [{ id: "c", function: { name: "add", arguments: "{}" } }],
            },
          },
        ],
        usage: { prompt_tokens: 7, completion_tokens: 2 },
      },
    });
    expect(attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "openinference.span.kind": "LLM",
      "gen_ai.conversation.id": "task",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.response.model": "gpt-4o-2024",
      "gen_ai.usage.input_tokens": "7",
      "llm.token_count.completion": "2",
      "input.mime_type": "application/json",
    });
    expect(JSON.parse(String(attributes["gen_ai.input.messages"]))).toEqual([
      { role: "user", parts: [{ type: "text", content: "hi" }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c", response: "4" }] },
    ]);
    expect(JSON.parse(String(attributes["gen_ai.output.messages"]))).toEqual([
      {
        role: "assistant",
        parts: [{ type: "tool_call", id: "c", name: "add", arguments: "{}" }],
        finish_reason: "tool_calls",
      },
    ]);
  });

  test("of a tool and of an agent names the operation", () => {
    expect(attributesOf({ type: "CODE_EXECUTION" })).toMatchObject({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "search",
    });
    expect(attributesOf({ type: "AGENT_WORKFLOW" })).toMatchObject({
      "gen_ai.operation.name": "invoke_agent",
      "openinference.span.kind": "AGENT",
    });
  });

  test("that failed has an exception event and an error status, and both come back", () => {
    const failed = plainSnapshot({ status: "ERROR", error: { type: "E", message: "m", stack: "s" } });
    expect(spanOf(failed)).toMatchObject({ status: { code: 2, message: "m" }, events: [{ name: "exception" }] });
    expect(snapshotsOf(fromOtlpProto(toOtlpProto([failed])))[0]).toMatchObject({
      status: "ERROR",
      error: failed.error,
    });
  });
});

describe("a foreign span", () => {
  const foreign = {
    traceId: "5B8EFFF798038103D269B633813FC60C",
    spanId: "EEE19B7EC3C1B174",
    name: "chat",
    startTimeUnixNano: "1769860800000000999",
  };
  const request = (span: unknown) => ({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "app" } }] },
        scopeSpans: [{ spans: [span] }],
      },
    ],
  });
  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  });

  test("is what its sender says, with what no field holds beside it", () => {
    const attributes = [attribute("gen_ai.usage.prompt_tokens", 3), attribute("custom.json", '{"a":[1]}')];
    const [snapshot] = snapshotsOf(
      fromOtlpJson(request({ ...foreign, endTimeUnixNano: 1769860801000000000, attributes })),
    );
    expect(snapshot).toEqual({
      phase: "ended",
      revision: ENDED,
      traceId: "5b8efff798038103d269b633813fc60c",
      id: "eee19b7ec3c1b174",
      name: "chat",
      type: "STANDALONE",
      status: "OK",
      startTime: "2026-01-31T12:00:00.000000Z",
      endTime: "2026-01-31T12:00:01.000000Z",
      data: {
        "gen_ai.usage.prompt_tokens": 3,
        "custom.json": { a: [1] },
        __otel__: { resource: { "service.name": "app" } },
      },
      service: { name: "app" },
    });
  });

  test("means the same in both forms: first characters, halves of pairs, empty values, depth", () => {
    const value = (depth: number): unknown =>
      depth === 0 ? { stringValue: "x" } : { arrayValue: { values: [value(depth - 1), {}] } };
    const attributes = [
      attribute("bom", "\ufeffx"),
      attribute("half\ud800", "\udc00"),
      { key: "empty", value: {} },
      { key: "deep", value: value(200) },
    ];
    const [json] = snapshotsOf(fromOtlpJson(request({ ...foreign, name: "a\ud800", attributes })));
    const nested = (depth: number): Uint8Array =>
      depth === 0 ? message(1, text("x")) : message(5, message(1, nested(depth - 1)), message(1));
    const keyValue = (key: string, ...parts: Uint8Array[]) => message(9, message(1, text(key)), message(2, ...parts));
    const span = message(
      2,
      message(1, Buffer.from(foreign.traceId, "hex")),
      message(2, Buffer.from(foreign.spanId, "hex")),
      message(5, text("a\ud800")),
      fixed64(7, BigInt(foreign.startTimeUnixNano)),
      keyValue("bom", message(1, text("\ufeffx"))),
      keyValue("half\ud800", message(1, text("\udc00"))),
      keyValue("empty"),
      keyValue("deep", nested(200)),
    );
    const resource = message(1, message(1, message(1, text("service.name")), message(2, message(1, text("app")))));
    const [proto] = snapshotsOf(fromOtlpProto(message(1, resource, message(2, span))));
    expect(proto).toEqual(json);
    expect(json).toMatchObject({ name: "a\ufffd", data: { bom: "\ufeffx", "half\ufffd": "\ufffd", empty: null } });
  });

  test.each([
    ["no trace id", { ...foreign, traceId: "" }],
    ["a span id of zeros", { ...foreign, spanId: "0".repeat(16) }],
    ["no start", { ...foreign, startTimeUnixNano: undefined }],
  ])("with %s is rejected alone", (_why, bad) => {
    const both = { resourceSpans: [{ scopeSpans: [{ spans: [bad, foreign] }] }] };
    expect(fromOtlpJson(both)).toMatchObject({ ok: true, snapshots: [{ name: "chat" }], rejectedSpans: 1 });
  });

  test("can't pollute a prototype by its attribute names", () => {
    const attributes = [
      "__proto__.polluted",
      "constructor.prototype.polluted",
      "gen_ai.prompt.0.__proto__",
      "__proto__",
    ].map((key) => attribute(key, "x"));
    fromOtlpJson(request({ ...foreign, attributes }));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

const text = (value: string) => new TextEncoder().encode(value);

/** A field of bytes, or of a message with these fields. */
function message(field: number, ...parts: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), body]);
  }
}

function fixed64(field: number, value: bigint): Uint8Array {
  const bytes = Buffer.alloc(9);
  bytes[0] = field * 8 + 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}

describe("a hostile request", () => {
  test("of any JSON is answered, not thrown at", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const nested = {
          resourceSpans: [{ resource: value, scopeSpans: [{ spans: [value, { attributes: value }] }] }],
        };
        expect(fromOtlpJson(value).ok).toBeTypeOf("boolean");
        expect(fromOtlpJson(nested).ok).toBe(true);
      }),
    );
  });

  test("of any bytes is answered, not thrown at", () => {
    const bytes = toOtlpProto([plainSnapshot({ input: { a: "b".repeat(300) } })]).slice();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.uint8Array(), (at, value, noise) => {
        const mutated = bytes.slice();
        mutated[at] = value;
        expect(fromOtlpProto(mutated).ok).toBeTypeOf("boolean");
        expect(fromOtlpProto(bytes.subarray(0, at)).ok).toBeTypeOf("boolean");
        expect(fromOtlpProto(noise).ok).toBeTypeOf("boolean");
      }),
      { numRuns: 500 },
    );
  });

  test("with an attribute nested 100,000 times is cut, not walked", () => {
    const value = `${'{"arrayValue":{"values":['.repeat(100_000)}{"boolValue":true}${"]}}".repeat(100_000)}`;
    const body = JSON.parse(
      `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${value}}]},"scopeSpans":[]}]}`,
    ) as unknown;
    expect(fromOtlpJson(body)).toMatchObject({ ok: true, snapshots: [] });
  });
});

test("the bytes of a request are read as its JSON is, field by field", () => {
  const full = plainSnapshot({
    parentId: "00f067aa0ba902b7",
    service: { name: "app", version: "1" },
    obs: { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" },
    error: { type: "E", message: "m", stack: "at" },
    status: "ERROR",
    input: { messages: ["hi"] },
    data: { yes: true, no: false, int: 5, double: 1.5 },
  });
  const { endTime: _end, ...started } = plainSnapshot({ phase: "started", id: "b" });
  for (const snapshots of [[full], [started], [full, started, plainSnapshot({ id: "c" })], []]) {
    expect(decodeOtlpProto(toOtlpProto(snapshots))).toStrictEqual(decodeOtlpJson(toOtlpJson(snapshots)));
  }
});
