import { describe, expect, test } from "vitest";
import { ProtoWriter } from "../../protobuf/proto-writer.ts";
import { type DecodedOtlpLogs, decodeOtlpLogsJson, decodeOtlpLogsProto } from "./decode-logs.ts";

const traceId = "5b8efff798038103d269b633813fc60c";
const spanId = "eee19b7ec3c1b174";

const recordsOf = (decoded: DecodedOtlpLogs) => {
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.records;
};
const request = (...logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const readJson = (record: object) => recordsOf(decodeOtlpLogsJson(request({ traceId, spanId, ...record })))[0];

const whole = {
  traceId,
  spanId,
  time: "2026-01-31T12:00:00.000001Z",
  name: "gen_ai.user.message",
  severity: "INFO",
  body: { content: "hi" },
  attributes: { "gen_ai.system": "openai" },
};

/** A log record's fields by their numbers in `logs.proto`, and one that nobody knows. */
function protoOf(write: (writer: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter();
  writer.string(9, "unknown");
  writer.message(1, () => {
    writer.string(1, "the resource");
    writer.message(2, () => {
      writer.string(1, "the scope");
      writer.message(2, () => {
        writer.string(99, "unknown");
        write(writer);
      });
    });
  });
  return writer.finish();
}

function keyValue(writer: ProtoWriter, field: number, key: string, text: string): void {
  writer.message(field, () => {
    writer.string(1, key);
    writer.message(2, () => writer.string(1, text));
  });
}

describe("a log record", () => {
  test("comes whole, as JSON", () => {
    const record = {
      timeUnixNano: "1769860800000001999",
      observedTimeUnixNano: "1769860900000000000",
      eventName: "gen_ai.user.message",
      severityText: "INFO",
      body: { kvlistValue: { values: [{ key: "content", value: { stringValue: "hi" } }] } },
      attributes: [{ key: "gen_ai.system", value: { stringValue: "openai" } }],
    };
    expect(readJson(record)).toEqual(whole);
    expect(readJson({ ...record, traceId: traceId.toUpperCase() })).toEqual(whole);
  });

  test("comes whole, as protobuf", () => {
    const bytes = protoOf((writer) => {
      writer.fixed64(1, "1769860800000001999");
      writer.string(3, "INFO");
      writer.message(5, () => writer.message(6, () => keyValue(writer, 1, "content", "hi")));
      keyValue(writer, 6, "gen_ai.system", "openai");
      writer.hex(9, traceId);
      writer.hex(10, spanId);
      writer.fixed64(11, "1769860900000000000");
      writer.string(12, "gen_ai.user.message");
    });
    expect(decodeOtlpLogsProto(bytes)).toEqual({ ok: true, records: [whole], withoutSpan: 0 });
  });

  test("that says nothing but its span has neither time nor name", () => {
    const bare = { traceId, spanId, time: null, name: "", body: null, attributes: {} };
    expect(readJson({})).toStrictEqual(bare);
    const bytes = protoOf((writer) => {
      writer.hex(9, traceId);
      writer.hex(10, spanId);
    });
    expect(decodeOtlpLogsProto(bytes)).toStrictEqual({ ok: true, records: [bare], withoutSpan: 0 });
  });

  test("without a time was when it was observed", () => {
    const observedTimeUnixNano = "1769860800000001999";
    expect(readJson({ observedTimeUnixNano })).toMatchObject({ time: whole.time });
    expect(readJson({ observedTimeUnixNano, timeUnixNano: "0" })).toMatchObject({ time: whole.time });
    expect(readJson({ observedTimeUnixNano, timeUnixNano: "99999999999999999999" })).toMatchObject({
      time: whole.time,
    });
  });

  test("of before events had a field for their name has it from its attribute", () => {
    const attributes = [{ key: "event.name", value: { stringValue: "old" } }];
    expect(readJson({ attributes })).toMatchObject({ name: "old" });
    expect(readJson({ attributes, eventName: "new" })).toMatchObject({ name: "new" });
  });

  test.each([
    ["no trace", { spanId }],
    ["no span", { traceId }],
    ["a span of zeros", { traceId, spanId: "0".repeat(16) }],
  ])("with %s is counted, not kept", (_what, ids) => {
    const good = { traceId, spanId };
    expect(decodeOtlpLogsJson(request(ids, good))).toMatchObject({ records: [good], withoutSpan: 1 });
  });
});

test.each([
  ["nothing", {}],
  ["null", { resourceLogs: null }],
  ["what are no objects", { resourceLogs: [7, { scopeLogs: [null, { logRecords: ["x"] }] }, { scopeLogs: {} }] }],
])("a request of %s has no records", (_what, body) => {
  expect(decodeOtlpLogsJson(body)).toEqual({ ok: true, records: [], withoutSpan: 0 });
});

test.each([
  ["that is no object", [], "a request must be an object, got an array"],
  ["whose logs are no list", { resourceLogs: {} }, "resourceLogs must be an array, got an object"],
])("a request %s is refused", (_what, body, message) => {
  expect(decodeOtlpLogsJson(body)).toEqual({ ok: false, status: 400, message });
});

test("bytes that are no such message are refused", () => {
  expect(decodeOtlpLogsProto(Uint8Array.of(0x0a, 0x05, 0x12))).toEqual({
    ok: false,
    status: 400,
    message: "the body is no ExportLogsServiceRequest: the message ends within a field",
  });
});
