import { describe, expect, test } from "vitest";
import { decodeOtlpJson } from "./decode-json.ts";
import { countOf } from "./record-builder.ts";
import type { OtlpSpanRecord } from "./span-record.ts";

const span = {
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  name: "chat",
  startTimeUnixNano: "1769860800000000000",
};

function decode(changes: object) {
  const decoded = decodeOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, ...changes }] }] }] });
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded;
}

function recordOf(changes: object): OtlpSpanRecord {
  const [record] = decode(changes).spans;
  if (record === undefined) throw new Error("the span was turned away");
  return record;
}

test("a span of ids and a start alone has nothing else", () => {
  expect(recordOf({})).toStrictEqual({
    traceId: span.traceId,
    spanId: span.spanId,
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
  });
});

test("a span is all that it says", () => {
  const given = {
    parentSpanId: "00F067AA0BA902B7",
    traceState: "a=1",
    flags: 257,
    kind: 3,
    endTimeUnixNano: "1769860801000000000",
    attributes: [{ key: "a", value: { stringValue: "b" } }],
    droppedAttributesCount: 1,
    events: [
      {
        name: "e",
        timeUnixNano: "1769860800500000000",
        attributes: [{ key: "n", value: { intValue: 1 } }],
        droppedAttributesCount: 4,
      },
      {},
    ],
    droppedEventsCount: "2",
    links: [
      {
        traceId: span.traceId.toUpperCase(),
        spanId: "00f067aa0ba902b8",
        traceState: "l=1",
        flags: 1,
        attributes: [{ key: "m", value: { boolValue: true } }],
        droppedAttributesCount: 5,
      },
    ],
    droppedLinksCount: 3,
    status: { code: 2, message: "no" },
  };
  expect(recordOf(given)).toStrictEqual({
    ...recordOf({}),
    parentSpanId: "00f067aa0ba902b7",
    traceState: "a=1",
    flags: 257,
    kind: "CLIENT",
    endTime: "2026-01-31T12:00:01.000000Z",
    attributes: { a: "b" },
    events: [
      { name: "e", time: "2026-01-31T12:00:00.500000Z", attributes: { n: 1 }, droppedAttributes: 4 },
      { name: "", time: null, attributes: {} },
    ],
    links: [
      {
        traceId: span.traceId,
        spanId: "00f067aa0ba902b8",
        traceState: "l=1",
        flags: 1,
        attributes: { m: true },
        droppedAttributes: 5,
      },
    ],
    dropped: { attributes: 1, events: 2, links: 3 },
    status: { code: "ERROR", message: "no" },
  });
});

test.each([
  [{ droppedAttributesCount: 1 }, { attributes: 1 }],
  [{ droppedEventsCount: 1 }, { events: 1 }],
  [{ droppedLinksCount: 1 }, { links: 1 }],
])("what was dropped is told by its kind: %j", (changes, dropped) => {
  expect(recordOf(changes).dropped).toStrictEqual(dropped);
});

test.each([
  [3, 3],
  ["3", 3],
  [0, 0],
  [-1, 0],
  [1.5, 0],
  ["x", 0],
  [undefined, 0],
  [null, 0],
])("the count %j is %i", (value, count) => {
  expect(countOf(value)).toBe(count);
});

describe("a trace id", () => {
  const expected = "traceId must be 32 hex digits, not all zero, got";
  test.each<[what: string, traceId: unknown, reason: string]>([
    ["that is missing", undefined, "nothing"],
    ["that is empty", "", "nothing"],
    ["that is a number", 5, "a number"],
    ["in base64", "W47/95gDgQPSabYzgT/GDA==", "16 bytes in base64: OTLP's JSON form has ids in hex"],
    ["of zeros", "0".repeat(32), "zeros"],
    ["of 16 digits", "a".repeat(16), "16 of them"],
    ["of 33 digits", "A".repeat(33), "33 of them"],
    ["that is a UUID", "5b8efff7-9803-8103-d269-b633813fc60c", "a UUID with dashes"],
    ["of other characters", "x".repeat(32), "a text of 32 characters"],
    ["of other characters with dashes", `${"x".repeat(16)}-${"x".repeat(16)}`, "a text of 33 characters"],
    ["of few other characters", "xyz", "a text of 3 characters"],
    ["of other characters before and after digits", "a!", "a text of 2 characters"],
  ])("%s turns the span away, and the reason says how", (_what, traceId, reason) => {
    expect(decode({ traceId })).toMatchObject({ spans: [], rejectedSpans: 1, reasons: [`${expected} ${reason}`] });
  });

  test("a span id in base64 has its own length", () => {
    expect(decode({ spanId: "7uGbfsPBsXQ=" }).reasons).toEqual([
      "spanId must be 16 hex digits, not all zero, got 8 bytes in base64: OTLP's JSON form has ids in hex",
    ]);
  });
});

describe("a parent", () => {
  test.each<[what: string, parentSpanId: unknown, mistakes: unknown[]]>([
    ["that is none", null, []],
    ["that is empty", "", []],
    ["of zeros", "0000000000000000", []],
    ["that is no id", "x", [expect.stringMatching(/^parentSpanId must be 16 hex digits.*: left out$/)]],
    ["that ends in zeros", "x00", [expect.stringMatching(/^parentSpanId must be/)]],
    ["that is a number", 0, [expect.stringMatching(/^parentSpanId must be/)]],
    ["that is the span itself", span.spanId, ["parentSpanId is the span's own id: left out"]],
  ])("%s is left out", (_what, parentSpanId, mistakes) => {
    const record = recordOf({ parentSpanId });
    expect(record).not.toHaveProperty("parentSpanId");
    expect(record.mistakes).toEqual(mistakes);
  });
});

describe("a start", () => {
  const noTime = "startTimeUnixNano must be nanoseconds since 1970";
  test.each([undefined, 0, "0", -5, "x", "99999999999999999999"])("of %j turns the span away", (startTimeUnixNano) => {
    expect(decode({ startTimeUnixNano })).toMatchObject({ spans: [], rejectedSpans: 1, reasons: [noTime] });
  });

  test.each([
    ["seconds", 900_000_000, "1998-07-09T16:00:00.000000Z"],
    ["seconds", 2_999_999_999, "2065-01-24T05:19:59.000000Z"],
    ["milliseconds", 1_769_860_800_123, "2026-01-31T12:00:00.123000Z"],
    ["milliseconds", 900_000_000_000, "1998-07-09T16:00:00.000000Z"],
    ["microseconds", 1_769_860_800_123_456, "2026-01-31T12:00:00.123456Z"],
    ["microseconds", 900_000_000_000_000, "1998-07-09T16:00:00.000000Z"],
  ])("in %s is read as it is meant, which is said: %i", (unit, value, startTime) => {
    const mistake = `startTimeUnixNano ${value} is in ${unit}, not nanoseconds: read as ${unit}`;
    expect(recordOf({ startTimeUnixNano: value })).toMatchObject({ startTime, mistakes: [mistake] });
  });

  test.each([899_999_999, 3_000_000_000, 3_000_000_000_000, 3_000_000_000_000_000])(
    "of before 1974 is a mistake: %i",
    (value) => {
      expect(recordOf({ startTimeUnixNano: value }).mistakes).toEqual([
        `startTimeUnixNano ${value} is a time before 1974`,
      ]);
    },
  );

  test("of 1973 is the first that is none", () => {
    expect(recordOf({ startTimeUnixNano: "100000000000000000" }).mistakes).toEqual([]);
    expect(recordOf({ startTimeUnixNano: "99999999999999999" }).mistakes).toHaveLength(1);
  });

  test("of our own exporter is what it says", () => {
    const attributes = [{ key: "everspan.type", value: { stringValue: "COMPLETION" } }];
    const record = recordOf({ attributes, startTimeUnixNano: "1769860800000" });
    expect(record).toMatchObject({ startTime: "1970-01-01T00:29:29.860800Z", mistakes: [] });
  });
});

test("an end before the start is the start, and it is said by how much", () => {
  expect(recordOf({ endTimeUnixNano: "1769860799998500000" })).toMatchObject({
    endTime: "2026-01-31T12:00:00.000000Z",
    mistakes: ["endTimeUnixNano is 2026-01-31T11:59:59.998500Z, 1.5 ms before the start: read as the start"],
  });
  expect(recordOf({ endTimeUnixNano: span.startTimeUnixNano })).toMatchObject({
    endTime: "2026-01-31T12:00:00.000000Z",
    mistakes: [],
  });
  expect(recordOf({ endTimeUnixNano: 0 })).not.toHaveProperty("endTime");
});

test.each<[kind: unknown, expected: string, mistakes: string[]]>([
  [0, "UNSPECIFIED", []],
  [5, "CONSUMER", []],
  [6, "UNSPECIFIED", ['kind "6" is unknown']],
  [null, "UNSPECIFIED", []],
  [{}, "UNSPECIFIED", ["kind an object is unknown"]],
  ["SPAN_KIND_SERVER", "SERVER", ["kind is a text: OTLP's JSON form has 2"]],
  ["client", "CLIENT", ["kind is a text: OTLP's JSON form has 3"]],
  ["4", "PRODUCER", ["kind is a text: OTLP's JSON form has 4"]],
  ["9", "UNSPECIFIED", ['kind "9" is unknown']],
  ["12", "UNSPECIFIED", ['kind "12" is unknown']],
  ["x".repeat(50), "UNSPECIFIED", [`kind "${"x".repeat(40)}" is unknown`]],
])("the kind %j is %s", (kind, expected, mistakes) => {
  expect(recordOf({ kind })).toMatchObject({ kind: expected, mistakes });
});

test.each<[status: unknown, expected: object, mistakes: string[]]>([
  [{ code: 1 }, { code: "OK" }, []],
  [{ code: 2, message: "no" }, { code: "ERROR", message: "no" }, []],
  [{ message: "" }, { code: "UNSET" }, []],
  [{ code: null }, { code: "UNSET" }, []],
  [{ code: 3 }, { code: "UNSET" }, ['status.code "3" is unknown']],
  [{ code: "STATUS_CODE_ERROR" }, { code: "ERROR" }, ["status.code is a text: OTLP's JSON form has 2"]],
  [{ code: "1" }, { code: "OK" }, ["status.code is a text: OTLP's JSON form has 1"]],
  [{ code: [] }, { code: "UNSET" }, ["status.code an array is unknown"]],
  ["OK", { code: "UNSET" }, []],
])("the status %j is %j", (status, expected, mistakes) => {
  const record = recordOf({ status });
  expect([record.status, record.mistakes]).toStrictEqual([expected, mistakes]);
});

describe("lists within a span", () => {
  test.each(["events", "links"])("%s that are none are left out, which is said", (field) => {
    expect(recordOf({ [field]: {} })).toMatchObject({
      [field]: [],
      mistakes: [`${field} must be an array, got an object: left out`],
    });
    expect(recordOf({ [field]: [5] })).toMatchObject({
      [field]: [],
      mistakes: [`${field} must hold objects, got a number: left out`],
    });
    expect(recordOf({ [field]: null }).mistakes).toEqual([]);
  });

  test("a mistake of an event's or a link's own is said", () => {
    expect(recordOf({ events: [{ attributes: 5, timeUnixNano: 1_769_860_800 }] }).mistakes).toEqual([
      "events.attributes must be an array, got a number: left out",
      "events.timeUnixNano 1769860800 is in seconds, not nanoseconds: read as seconds",
    ]);
    const { links, mistakes } = recordOf({ links: [{ traceId: "X", attributes: 5 }] });
    expect(links).toStrictEqual([{ traceId: "X", spanId: "", attributes: {} }]);
    expect(mistakes).toEqual([
      "links.attributes must be an array, got a number: left out",
      "links.traceId must be 32 hex digits, not all zero, got a text of 1 characters",
      "links.spanId must be 16 hex digits, not all zero, got nothing",
    ]);
  });
});

test("a response tells ten reasons at most, each once", () => {
  const bad = Array.from({ length: 12 }, (_, i) => ({ ...span, traceId: "a".repeat(i + 1) }));
  const decoded = decodeOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: [...bad, ...bad] }] }] });
  expect(decoded).toMatchObject({ rejectedSpans: 24 });
  expect(decoded.ok && decoded.reasons).toHaveLength(10);
});
