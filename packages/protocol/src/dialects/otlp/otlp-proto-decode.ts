import { refuse } from "../../decoding/refusal.ts";
import { MAX_PAYLOAD_DEPTH } from "../../limits.ts";
import { ProtoError, ProtoReader } from "../../protobuf/proto-reader.ts";
import { type DecodedOtlp, fromOtlpJson } from "./otlp-json-decode.ts";

/** Reads `ExportTraceServiceRequest` from bytes into its JSON form, so that both forms mean the same. */
export function fromOtlpProto(bytes: Uint8Array): DecodedOtlp {
  try {
    return fromOtlpJson(readRequest(new ProtoReader(bytes)));
  } catch (error) {
    if (error instanceof ProtoError) return refuse(400, `the body is no ExportTraceServiceRequest: ${error.message}`);
    throw error;
  }
}

type Message = Record<string, unknown>;
/** How the field of each number is read into a message. */
type Fields = Readonly<Record<number, (reader: ProtoReader, message: Message) => void>>;

function readMessage(reader: ProtoReader, fields: Fields): Message {
  const message: Message = {};
  while (reader.next()) {
    const read = fields[reader.field];
    if (read === undefined) reader.skip();
    else read(reader, message);
  }
  return message;
}

function one(name: string, read: (reader: ProtoReader) => unknown): Fields[number] {
  return (reader, message) => {
    message[name] = read(reader);
  };
}

function many(name: string, read: (reader: ProtoReader) => unknown): Fields[number] {
  return (reader, message) => {
    const list = message[name];
    if (Array.isArray(list)) list.push(read(reader));
    else message[name] = [read(reader)];
  };
}

function nested(fields: Fields): (reader: ProtoReader) => Message {
  return (reader) => readMessage(reader.message(), fields);
}

const text = (reader: ProtoReader) => reader.string();
const hex = (reader: ProtoReader) => reader.hex();
const uint = (reader: ProtoReader) => reader.uint();
const fixed64 = (reader: ProtoReader) => reader.fixed64();
const keyValue = (reader: ProtoReader) => readKeyValue(reader, 0);

const RESOURCE: Fields = { 1: many("attributes", keyValue) };
const SCOPE: Fields = { 1: one("name", text), 2: one("version", text) };
const STATUS: Fields = { 2: one("message", text), 3: one("code", uint) };
const EVENT: Fields = { 1: one("timeUnixNano", fixed64), 2: one("name", text), 3: many("attributes", keyValue) };
const LINK: Fields = { 1: one("traceId", hex), 2: one("spanId", hex), 4: many("attributes", keyValue) };
const SPAN: Fields = {
  1: one("traceId", hex),
  2: one("spanId", hex),
  4: one("parentSpanId", hex),
  5: one("name", text),
  6: one("kind", uint),
  7: one("startTimeUnixNano", fixed64),
  8: one("endTimeUnixNano", fixed64),
  9: many("attributes", keyValue),
  11: many("events", nested(EVENT)),
  13: many("links", nested(LINK)),
  15: one("status", nested(STATUS)),
};
const SCOPE_SPANS: Fields = { 1: one("scope", nested(SCOPE)), 2: many("spans", nested(SPAN)) };
const RESOURCE_SPANS: Fields = { 1: one("resource", nested(RESOURCE)), 2: many("scopeSpans", nested(SCOPE_SPANS)) };

function readRequest(reader: ProtoReader): Message {
  return readMessage(reader, { 1: many("resourceSpans", nested(RESOURCE_SPANS)) });
}

function readKeyValue(reader: ProtoReader, depth: number): Message {
  return readMessage(reader.message(), {
    1: one("key", text),
    2: one("value", (value) => readValue(value, depth + 1)),
  });
}

/** `AnyValue`, the one message that nests itself. */
function readValue(reader: ProtoReader, depth: number): Message {
  if (depth > MAX_PAYLOAD_DEPTH) throw new ProtoError("an attribute is nested too deeply");
  return readMessage(reader.message(), {
    1: one("stringValue", text),
    2: one("boolValue", (value) => value.uint() !== 0),
    3: one("intValue", (value) => value.int64()),
    4: one("doubleValue", (value) => value.double()),
    5: one("arrayValue", nested({ 1: many("values", (value) => readValue(value, depth + 1)) })),
    6: one("kvlistValue", nested({ 1: many("values", (value) => readKeyValue(value, depth + 1)) })),
    7: one("bytesValue", (value) => value.base64()),
  });
}
