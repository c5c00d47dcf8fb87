import { refuse } from "../../decoding/refusal.ts";
import { setOwn } from "../../payload/json-object.ts";
import { ProtoError, ProtoReader } from "../../protobuf/proto-reader.ts";
import { doubleOf, MAX_VALUE_DEPTH, setAttribute, TOO_DEEP_VALUE } from "./attribute-values.ts";
import type { RawEvent, RawLink, RawSpan, RawTime } from "./record-builder.ts";
import { type DecodedOtlpRequest, RequestBuilder } from "./request-builder.ts";
import type { OtlpAttributes, OtlpResource, OtlpScope } from "./span-record.ts";

/**
 * OTLP's `ExportTraceServiceRequest` in its protobuf form. Bytes that are no such message refuse the request; what is
 * wrong with a span turns that span away. Never throws.
 *
 * Written as loops over the fields of each message, without tables or closures: a batch has ten thousand attributes.
 */
export function decodeOtlpProto(bytes: Uint8Array): DecodedOtlpRequest {
  const request = new RequestBuilder();
  const reader = new ProtoReader(bytes);
  try {
    while (reader.next()) {
      if (reader.field === 1) readResourceSpans(reader, request);
      else reader.skip();
    }
  } catch (error) {
    if (error instanceof ProtoError) return refuse(400, `the body is no ExportTraceServiceRequest: ${error.message}`);
    throw error;
  }
  return request.finish();
}

interface MutableResource {
  attributes: OtlpAttributes;
  droppedAttributes?: number;
  schemaUrl?: string;
}

/** Spans may stand before their resource: they are read once it is known. */
function readResourceSpans(reader: ProtoReader, request: RequestBuilder): void {
  const outer = reader.enter();
  const resource: MutableResource = { attributes: {} };
  const groups: { raws: RawSpan[]; scope: MutableScope }[] = [];
  while (reader.next()) {
    if (reader.field === 1) readResource(reader, resource);
    else if (reader.field === 2 || reader.field === 1000) groups.push(readScopeSpans(reader));
    else if (reader.field === 3) setText(resource, reader.string());
    else reader.skip();
  }
  reader.leave(outer);
  for (const { raws, scope } of groups) {
    for (const raw of raws) request.add(raw, scope satisfies OtlpScope, resource satisfies OtlpResource);
  }
}

function readResource(reader: ProtoReader, resource: MutableResource): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) readKeyValue(reader, resource.attributes, 0, []);
    else if (reader.field === 2) setDropped(resource, reader.uint());
    else reader.skip();
  }
  reader.leave(outer);
}

interface MutableScope {
  name: string;
  version?: string;
  attributes?: OtlpAttributes;
  droppedAttributes?: number;
  schemaUrl?: string;
}

function readScopeSpans(reader: ProtoReader): { raws: RawSpan[]; scope: MutableScope } {
  const outer = reader.enter();
  const scope: MutableScope = { name: "" };
  const raws: RawSpan[] = [];
  while (reader.next()) {
    if (reader.field === 1) readScope(reader, scope);
    else if (reader.field === 2) raws.push(readSpan(reader));
    else if (reader.field === 3) setText(scope, reader.string());
    else reader.skip();
  }
  reader.leave(outer);
  return { raws, scope };
}

function readScope(reader: ProtoReader, scope: MutableScope): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) scope.name = reader.name();
    else if (reader.field === 2) {
      const version = reader.name();
      if (version !== "") scope.version = version;
    } else if (reader.field === 3) {
      scope.attributes ??= {};
      readKeyValue(reader, scope.attributes, 0, []);
    } else if (reader.field === 4) setDropped(scope, reader.uint());
    else reader.skip();
  }
  reader.leave(outer);
}

function setText(holder: { schemaUrl?: string }, text: string): void {
  if (text !== "") holder.schemaUrl = text;
}

function setDropped(holder: { droppedAttributes?: number }, count: number): void {
  if (count > 0) holder.droppedAttributes = count;
}

const NO_TIME: RawTime = { micros: 0, nanos: 0 };

/** Length: a case a field of the message, in its order. */
function readSpan(reader: ProtoReader): RawSpan {
  const outer = reader.enter();
  const mistakes: string[] = [];
  const events: RawEvent[] = [];
  const links: RawLink[] = [];
  // biome-ignore format: the fields in the order of the message
  const span: RawSpan = {
    traceId: "", spanId: "", parentSpanId: "", traceState: "", flags: 0, name: "", kind: 0, start: NO_TIME, end: NO_TIME,
    attributes: {}, droppedAttributes: 0, events, droppedEvents: 0, links, droppedLinks: 0,
    statusCode: 0, statusMessage: "", mistakes,
  };
  while (reader.next()) readSpanField(reader, span, events, links);
  reader.leave(outer);
  return span;
}

function readSpanField(reader: ProtoReader, span: RawSpan, events: RawEvent[], links: RawLink[]): void {
  switch (reader.field) {
    case 1:
      span.traceId = reader.hex();
      break;
    case 2:
      span.spanId = reader.hex();
      break;
    case 3:
      span.traceState = reader.string();
      break;
    case 4:
      span.parentSpanId = reader.hex();
      break;
    case 5:
      span.name = reader.name();
      break;
    case 6:
      span.kind = reader.uint();
      break;
    case 7:
      span.start = readTime(reader);
      break;
    case 8:
      span.end = readTime(reader);
      break;
    case 9:
      readKeyValue(reader, span.attributes, 0, span.mistakes);
      break;
    case 10:
      span.droppedAttributes = reader.uint();
      break;
    case 11:
      events.push(readEvent(reader, span.mistakes));
      break;
    case 12:
      span.droppedEvents = reader.uint();
      break;
    case 13:
      links.push(readLink(reader, span.mistakes));
      break;
    case 14:
      span.droppedLinks = reader.uint();
      break;
    case 15:
      readStatus(reader, span);
      break;
    case 16:
      span.flags = reader.fixed32();
      break;
    default:
      reader.skip();
  }
}

export function readTime(reader: ProtoReader): RawTime {
  const micros = reader.fixed64Thousands();
  return { micros, nanos: reader.lastFixed64() };
}

function readStatus(reader: ProtoReader, span: RawSpan): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 2) span.statusMessage = reader.string();
    else if (reader.field === 3) span.statusCode = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
}

function readEvent(reader: ProtoReader, mistakes: string[]): RawEvent {
  const outer = reader.enter();
  const event = { name: "", time: NO_TIME, attributes: {} as OtlpAttributes, droppedAttributes: 0 };
  while (reader.next()) {
    if (reader.field === 1) event.time = readTime(reader);
    else if (reader.field === 2) event.name = reader.name();
    else if (reader.field === 3) readKeyValue(reader, event.attributes, 0, mistakes);
    else if (reader.field === 4) event.droppedAttributes = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return event;
}

function readLink(reader: ProtoReader, mistakes: string[]): RawLink {
  const outer = reader.enter();
  const link = {
    traceId: "",
    spanId: "",
    traceState: "",
    flags: 0,
    attributes: {} as OtlpAttributes,
    droppedAttributes: 0,
  };
  while (reader.next()) {
    if (reader.field === 1) link.traceId = reader.hex();
    else if (reader.field === 2) link.spanId = reader.hex();
    else if (reader.field === 3) link.traceState = reader.string();
    else if (reader.field === 4) readKeyValue(reader, link.attributes, 0, mistakes);
    else if (reader.field === 5) link.droppedAttributes = reader.uint();
    else if (reader.field === 6) link.flags = reader.fixed32();
    else reader.skip();
  }
  reader.leave(outer);
  return link;
}

/** @param mistakes where a name that comes twice is said; undefined within a value */
export function readKeyValue(
  reader: ProtoReader,
  into: Record<string, unknown>,
  depth: number,
  mistakes: string[] | undefined,
): void {
  const outer = reader.enter();
  let key = "";
  let value: unknown = null;
  while (reader.next()) {
    if (reader.field === 1) key = reader.name();
    else if (reader.field === 2) value = readValue(reader, depth);
    else reader.skip();
  }
  reader.leave(outer);
  if (mistakes === undefined) setOwn(into, key, value);
  else setAttribute(into, key, value, mistakes);
}

/** `AnyValue`, the one message that nests itself. An empty one is null. */
export function readValue(reader: ProtoReader, depth: number): unknown {
  const outer = reader.enter();
  let value: unknown = null;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = reader.string();
        break;
      case 2:
        value = reader.uint() !== 0;
        break;
      case 3:
        value = reader.int64();
        break;
      case 4:
        value = doubleOf(reader.double());
        break;
      case 5:
        value = readArray(reader, depth + 1);
        break;
      case 6:
        value = readList(reader, depth + 1);
        break;
      case 7:
        value = reader.base64();
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
  return value;
}

function readArray(reader: ProtoReader, depth: number): unknown {
  if (depth > MAX_VALUE_DEPTH) return cut(reader);
  const outer = reader.enter();
  const values: unknown[] = [];
  while (reader.next()) {
    if (reader.field === 1) values.push(readValue(reader, depth));
    else reader.skip();
  }
  reader.leave(outer);
  return values;
}

function readList(reader: ProtoReader, depth: number): unknown {
  if (depth > MAX_VALUE_DEPTH) return cut(reader);
  const outer = reader.enter();
  const list: Record<string, unknown> = {};
  while (reader.next()) {
    if (reader.field === 1) readKeyValue(reader, list, depth, undefined);
    else reader.skip();
  }
  reader.leave(outer);
  return list;
}

function cut(reader: ProtoReader): string {
  reader.skip();
  return TOO_DEEP_VALUE;
}
