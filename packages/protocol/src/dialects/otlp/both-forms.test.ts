import { describe, expect, test } from "vitest";
import { ProtoWriter } from "../../protobuf/proto-writer.ts";
import { decodeOtlpJson } from "./decode-json.ts";
import { decodeOtlpProto } from "./decode-proto.ts";

/** Requests as JSON and, field by field by its number in opentelemetry-proto, as protobuf: both must mean the same. */

type Write = (writer: ProtoWriter) => void;
const TRACE_ID = "5b8efff798038103d269b633813fc60c";
const SPAN_ID = "eee19b7ec3c1b174";
const START = "1769860800000000000";

/** Every message gets a field that nobody knows, of each wire type. */
function message(writer: ProtoWriter, field: number, ...writes: Write[]): void {
  writer.message(field, () => {
    writer.varint(2000, 1);
    for (const write of writes) write(writer);
    writer.fixed64(2001, "1");
    writer.string(2002, "unknown");
  });
}
const inMessage =
  (field: number, ...writes: Write[]): Write =>
  (writer) =>
    message(writer, field, ...writes);
const string =
  (field: number, text: string): Write =>
  (writer) =>
    writer.string(field, text);
const varint =
  (field: number, value: number): Write =>
  (writer) =>
    writer.varint(field, value);
const keyValue = (field: number, key: string, ...value: Write[]): Write =>
  inMessage(field, string(1, key), inMessage(2, ...value));
/** A fixed32, behind its tag: Everspan writes none itself. */
const fixed32 = (tag: number[], value: number): Uint8Array => {
  const bytes = new Uint8Array(tag.length + 4);
  bytes.set(tag);
  new DataView(bytes.buffer).setUint32(tag.length, value, true);
  return bytes;
};

function bytesOf(...writes: Write[]): Uint8Array {
  const writer = new ProtoWriter();
  for (const write of writes) write(writer);
  return writer.finish().slice();
}

function spanFields(...more: Write[]): Write[] {
  const ids: Write[] = [
    (writer) => writer.hex(1, TRACE_ID),
    (writer) => writer.hex(2, SPAN_ID),
    (writer) => writer.fixed64(7, START),
  ];
  return [...ids, ...more];
}

const json = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "app" } }], droppedAttributesCount: 7 },
      schemaUrl: "https://resource",
      scopeSpans: [
        {
          scope: {
            name: "lib",
            version: "1",
            attributes: [{ key: "s", value: { boolValue: true } }],
            droppedAttributesCount: 8,
          },
          schemaUrl: "https://scope",
          spans: [
            {
              traceId: TRACE_ID,
              spanId: SPAN_ID,
              traceState: "a=1",
              parentSpanId: "00f067aa0ba902b7",
              name: "chat",
              kind: 3,
              startTimeUnixNano: START,
              endTimeUnixNano: "1769860801000000000",
              attributes: [
                { key: "text", value: { stringValue: "é" } },
                { key: "yes", value: { boolValue: true } },
                { key: "no", value: { boolValue: false } },
                { key: "int", value: { intValue: "-9007199254740993" } },
                { key: "double", value: { doubleValue: 1.5 } },
                { key: "nan", value: { doubleValue: "NaN" } },
                { key: "list", value: { arrayValue: { values: [{ intValue: "1" }, {}] } } },
                { key: "record", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
                { key: "bytes", value: { bytesValue: "AQI=" } },
                { key: "twice", value: { intValue: "1" } },
                { key: "twice", value: { intValue: "2" } },
              ],
              droppedAttributesCount: 1,
              events: [
                {
                  timeUnixNano: "1769860800500000000",
                  name: "event",
                  attributes: [{ key: "e", value: { intValue: "1" } }],
                  droppedAttributesCount: 2,
                },
              ],
              droppedEventsCount: 3,
              links: [
                {
                  traceId: TRACE_ID,
                  spanId: "00f067aa0ba902b8",
                  traceState: "b=1",
                  attributes: [{ key: "l", value: { intValue: "1" } }],
                  droppedAttributesCount: 4,
                },
              ],
              droppedLinksCount: 5,
              status: { message: "no", code: 2 },
            },
          ],
        },
      ],
    },
  ],
};

const spanBytes = spanFields(
  string(3, "a=1"),
  (writer) => writer.hex(4, "00f067aa0ba902b7"),
  string(5, "chat"),
  varint(6, 3),
  (writer) => writer.fixed64(8, "1769860801000000000"),
  keyValue(9, "text", string(1, "é")),
  keyValue(9, "yes", varint(2, 1)),
  keyValue(9, "no", varint(2, 0)),
  keyValue(9, "int", (writer) => writer.int64(3, "-9007199254740993")),
  keyValue(9, "double", (writer) => writer.double(4, 1.5)),
  keyValue(9, "nan", (writer) => writer.double(4, Number.NaN)),
  keyValue(9, "list", inMessage(5, inMessage(1, varint(3, 1)), inMessage(1))),
  keyValue(9, "record", inMessage(6, keyValue(1, "k", string(1, "v")))),
  keyValue(9, "bytes", (writer) => writer.hex(7, "0102")),
  keyValue(9, "twice", varint(3, 1)),
  keyValue(9, "twice", varint(3, 2)),
  varint(10, 1),
  inMessage(
    11,
    (writer) => writer.fixed64(1, "1769860800500000000"),
    string(2, "event"),
    keyValue(3, "e", varint(3, 1)),
    varint(4, 2),
  ),
  varint(12, 3),
  inMessage(
    13,
    (writer) => writer.hex(1, TRACE_ID),
    (writer) => writer.hex(2, "00f067aa0ba902b8"),
    string(3, "b=1"),
    keyValue(4, "l", varint(3, 1)),
    varint(5, 4),
  ),
  varint(14, 5),
  inMessage(15, string(2, "no"), varint(3, 2)),
);

test("a request that says all that there is means the same in both forms, wherever its resource and scope stand", () => {
  const scope = inMessage(1, string(1, "lib"), string(2, "1"), keyValue(3, "s", varint(2, 1)), varint(4, 8));
  const resource = inMessage(1, keyValue(1, "service.name", string(1, "app")), varint(2, 7));
  const expected = decodeOtlpJson(json);
  expect(expected).toMatchObject({
    ok: true,
    spans: [{ kind: "CLIENT", mistakes: [expect.stringContaining("twice")] }],
  });
  const inOrder = inMessage(
    1,
    resource,
    inMessage(2, scope, inMessage(2, ...spanBytes), string(3, "https://scope")),
    string(3, "https://resource"),
  );
  const reversed = inMessage(
    1,
    string(3, "https://resource"),
    inMessage(2, string(3, "https://scope"), inMessage(2, ...spanBytes), scope),
    resource,
  );
  expect(decodeOtlpProto(bytesOf(varint(2000, 1), inOrder))).toStrictEqual(expected);
  expect(decodeOtlpProto(bytesOf(reversed))).toStrictEqual(expected);
  // The field of releases before 1.0.
  const old = inMessage(
    1,
    resource,
    inMessage(1000, scope, inMessage(2, ...spanBytes), string(3, "https://scope")),
    string(3, "https://resource"),
  );
  expect(decodeOtlpProto(bytesOf(old))).toStrictEqual(expected);
});

test("a request that says as little as it can means the same in both forms", () => {
  const span = { traceId: TRACE_ID, spanId: SPAN_ID, startTimeUnixNano: START, events: [{}], links: [{}] };
  const expected = decodeOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const bare = bytesOf(inMessage(1, inMessage(2, inMessage(2, ...spanFields(inMessage(11), inMessage(13))))));
  expect(decodeOtlpProto(bare)).toStrictEqual(expected);
  const empty = inMessage(1, string(1, ""), string(2, ""), varint(4, 0));
  const set = inMessage(
    1,
    inMessage(1, varint(2, 0)),
    string(3, ""),
    inMessage(2, empty, string(3, ""), inMessage(2, ...spanFields(inMessage(11), inMessage(13)))),
  );
  expect(decodeOtlpProto(bytesOf(set))).toStrictEqual(expected);
});

test("flags of spans and links are 32 bits of their own", () => {
  const link = Buffer.concat([
    bytesOf(
      (writer) => writer.hex(1, TRACE_ID),
      (writer) => writer.hex(2, SPAN_ID),
    ),
    fixed32([6 * 8 + 5], 1),
  ]);
  const span = Buffer.concat([
    bytesOf(...spanFields((writer) => writer.hex(13, link.toString("hex")))),
    fixed32([0x85, 0x01], 257),
  ]);
  const request = bytesOf(
    inMessage(
      1,
      inMessage(2, (writer) => writer.hex(2, span.toString("hex"))),
    ),
  );
  expect(decodeOtlpProto(request)).toMatchObject({ spans: [{ flags: 257, links: [{ flags: 1 }] }] });
});

describe("a value that is nested", () => {
  const TOO_DEEP = "[Truncated: deeper than 128 levels]";
  const attributeOf = (value: Write): unknown => {
    const decoded = decodeOtlpProto(
      bytesOf(inMessage(1, inMessage(2, inMessage(2, ...spanFields(keyValue(9, "deep", value)))))),
    );
    if (!decoded.ok) throw new Error(decoded.message);
    return decoded.spans[0]!.attributes.deep;
  };

  test.each<[what: string, wrap: (inner: Write) => Write, unwrap: (outer: unknown) => unknown]>([
    ["lists", (inner) => inMessage(5, inMessage(1, inner)), (outer) => (outer as unknown[])[0]],
    ["records", (inner) => inMessage(6, keyValue(1, "a", inner)), (outer) => (outer as { a: unknown }).a],
  ])("in %s is read as deeply as a payload may be, and cut behind", (_what, wrap, unwrap) => {
    const depthOf = (levels: number) => {
      let write = string(1, "x");
      for (let level = 0; level < levels; level++) write = wrap(write);
      let value = attributeOf(write);
      let depth = 0;
      for (; typeof value === "object"; depth++) value = unwrap(value);
      return [depth, value];
    };
    expect(depthOf(124)).toEqual([124, "x"]);
    expect(depthOf(125)).toEqual([124, TOO_DEEP]);
  });
});

test("within a record the last of two values of one name stands, and nothing is said", () => {
  const record = inMessage(
    6,
    keyValue(1, "a", varint(3, 1)),
    keyValue(1, "a", varint(3, 2)),
    keyValue(1, "__proto__", varint(3, 3)),
  );
  const decoded = decodeOtlpProto(
    bytesOf(inMessage(1, inMessage(2, inMessage(2, ...spanFields(keyValue(9, "r", record)))))),
  );
  if (!decoded.ok) throw new Error(decoded.message);
  expect(decoded.spans[0]).toMatchObject({ mistakes: [] });
  expect(Object.entries(decoded.spans[0]!.attributes.r as object)).toEqual([
    ["a", 2],
    ["__proto__", 3],
  ]);
});

test("bytes that are no such message are refused, and say why", () => {
  expect(decodeOtlpProto(Uint8Array.of(0x0a, 5, 0x12))).toEqual({
    ok: false,
    status: 400,
    message: "the body is no ExportTraceServiceRequest: the message ends within a field",
  });
});
