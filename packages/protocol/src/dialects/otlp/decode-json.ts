import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { isJsonObject, setOwn } from "../../payload/json-object.ts";
import { isNumberText, numberOf } from "../../payload/number-text.ts";
import { doubleOf, MAX_VALUE_DEPTH, setAttribute, TOO_DEEP_VALUE } from "./attribute-values.ts";
import {
  countOf,
  type RawEvent,
  type RawLink,
  type RawSpan,
  type RawTime,
  textOf,
  wellFormed,
} from "./record-builder.ts";
import type { DecodedOtlpRequest } from "./request-builder.ts";
import { RequestBuilder } from "./request-builder.ts";
import type { OtlpAttributes, OtlpResource, OtlpScope } from "./span-record.ts";

/**
 * OTLP's `ExportTraceServiceRequest` in its JSON form. Names are lowerCamelCase, ids hex, enums numbers, 64-bit
 * integers decimal text or numbers; null is the same as absent. What is not an object or a list where the form has
 * one refuses the request; what is wrong with a span turns that span away. Never throws.
 */
export function decodeOtlpJson(body: unknown): DecodedOtlpRequest {
  if (!isJsonObject(body)) return refuse(400, `a request must be an object, got ${kindOf(body)}`);
  const request = new RequestBuilder();
  try {
    for (const field of ["resource_spans", "spans", "batch", "data"]) {
      if (body.resourceSpans === undefined && body[field] !== undefined)
        request.warn(`the request has no resourceSpans, but ${field}: OTLP's JSON form has names in lowerCamelCase`);
    }
    for (const resourceSpans of objectsOf(body, "resourceSpans")) readResourceSpans(request, resourceSpans);
  } catch (error) {
    if (error instanceof MalformedError) return error.refusal;
    throw error;
  }
  return request.finish();
}

type JsonRecord = Readonly<Record<string, unknown>>;

/** The request is not of OTLP's form at all. */
class MalformedError extends Error {
  readonly refusal: Refusal;

  constructor(message: string) {
    super(message);
    this.refusal = refuse(400, message);
  }
}

function readResourceSpans(request: RequestBuilder, resourceSpans: JsonRecord): void {
  const resource = readResource(resourceSpans);
  // The name of releases before 1.0, which old exporters still write.
  const field = resourceSpans.scopeSpans === undefined ? "instrumentationLibrarySpans" : "scopeSpans";
  for (const scopeSpans of objectsOf(resourceSpans, field)) {
    const scope = readScope(scopeSpans);
    for (const span of listOf(scopeSpans, "spans")) {
      if (isJsonObject(span)) request.add(readSpan(span), scope, resource);
      else request.reject(`a span must be an object, got ${kindOf(span)}`);
    }
  }
}

function readResource(resourceSpans: JsonRecord): OtlpResource {
  const resource = isJsonObject(resourceSpans.resource) ? resourceSpans.resource : {};
  const schemaUrl = textOf(resourceSpans.schemaUrl);
  const droppedAttributes = countOf(resource.droppedAttributesCount);
  return {
    attributes: readAttributes(resource.attributes, "resource.attributes", []),
    ...(droppedAttributes > 0 && { droppedAttributes }),
    ...(schemaUrl !== "" && { schemaUrl }),
  };
}

function readScope(scopeSpans: JsonRecord): OtlpScope {
  const given = scopeSpans.scope ?? scopeSpans.instrumentationLibrary;
  const scope = isJsonObject(given) ? given : {};
  const version = textOf(scope.version);
  const attributes = readAttributes(scope.attributes, "scope.attributes", []);
  const droppedAttributes = countOf(scope.droppedAttributesCount);
  const schemaUrl = textOf(scopeSpans.schemaUrl);
  return {
    name: textOf(scope.name),
    ...(version !== "" && { version }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(droppedAttributes > 0 && { droppedAttributes }),
    ...(schemaUrl !== "" && { schemaUrl }),
  };
}

function readSpan(span: JsonRecord): RawSpan {
  const mistakes: string[] = [];
  const status = isJsonObject(span.status) ? span.status : {};
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    flags: span.flags,
    name: span.name,
    kind: span.kind,
    start: timeOf(span.startTimeUnixNano),
    end: timeOf(span.endTimeUnixNano),
    attributes: readAttributes(span.attributes, "attributes", mistakes),
    droppedAttributes: span.droppedAttributesCount,
    events: itemsOf(span, "events", mistakes).map((event) => readEvent(event, mistakes)),
    droppedEvents: span.droppedEventsCount,
    links: itemsOf(span, "links", mistakes).map((link) => readLink(link, mistakes)),
    droppedLinks: span.droppedLinksCount,
    statusCode: status.code,
    statusMessage: status.message,
    mistakes,
  };
}

function readEvent(event: JsonRecord, mistakes: string[]): RawEvent {
  return {
    name: event.name,
    time: timeOf(event.timeUnixNano),
    attributes: readAttributes(event.attributes, "events.attributes", mistakes),
    droppedAttributes: event.droppedAttributesCount,
  };
}

function readLink(link: JsonRecord, mistakes: string[]): RawLink {
  return {
    traceId: link.traceId,
    spanId: link.spanId,
    traceState: link.traceState,
    flags: link.flags,
    attributes: readAttributes(link.attributes, "links.attributes", mistakes),
    droppedAttributes: link.droppedAttributesCount,
  };
}

/** A list of the envelope: anything else there makes the whole unreadable. */
function listOf(holder: JsonRecord, field: string): readonly unknown[] {
  const value = holder[field] ?? [];
  if (Array.isArray(value)) return value;
  throw new MalformedError(`${field} must be an array, got ${kindOf(value)}`);
}

function objectsOf(holder: JsonRecord, field: string): readonly JsonRecord[] {
  return listOf(holder, field).map((item) => {
    if (isJsonObject(item)) return item;
    throw new MalformedError(`${field} must hold objects, got ${kindOf(item)}`);
  });
}

/** A list within a span: what is no object there is left out, which is said. */
function itemsOf(span: JsonRecord, field: string, mistakes: string[]): readonly JsonRecord[] {
  const value = span[field] ?? [];
  if (!Array.isArray(value)) {
    mistakes.push(`${field} must be an array, got ${kindOf(value)}: left out`);
    return [];
  }
  return value.filter((item) => {
    if (isJsonObject(item)) return true;
    mistakes.push(`${field} must hold objects, got ${kindOf(item)}: left out`);
    return false;
  });
}

const NO_TIME: RawTime = { micros: 0, nanos: 0 };

/** Nanoseconds as decimal text or as a number; more than 20 digits are no 64-bit integer. */
export function timeOf(value: unknown): RawTime {
  const nanos = numberOf(value);
  if (nanos !== undefined) return { micros: Math.floor(nanos / 1000), nanos };
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) return NO_TIME;
  return { micros: Number(value.slice(0, -3)), nanos: Number(value) };
}

/**
 * A list of keys and tagged values as an object. An object of plain values in its place is the commonest mistake of
 * hand-written requests: it is read as what it means, and said.
 */
export function readAttributes(list: unknown, where: string, mistakes: string[]): OtlpAttributes {
  const attributes: OtlpAttributes = {};
  if (list === undefined || list === null) return attributes;
  if (isJsonObject(list)) {
    mistakes.push(`${where} is an object: OTLP's JSON form has a list of {key, value}`);
    for (const [name, value] of Object.entries(list))
      setAttribute(attributes, wellFormed(name), readValue(value, 0), mistakes);
    return attributes;
  }
  if (!Array.isArray(list)) {
    mistakes.push(`${where} must be an array, got ${kindOf(list)}: left out`);
    return attributes;
  }
  for (const item of list) {
    if (isJsonObject(item) && typeof item.key === "string") {
      setAttribute(attributes, wellFormed(item.key), readValue(item.value, 0), mistakes);
    } else mistakes.push(`${where} has an item without a key: left out`);
  }
  return attributes;
}

const TAGS = new Set([
  "stringValue",
  "boolValue",
  "intValue",
  "doubleValue",
  "arrayValue",
  "kvlistValue",
  "bytesValue",
]);

/** `AnyValue` as plain JSON. An empty one is null; what has none of its tags is taken as the plain value that it is. */
export function readValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (typeof value !== "object" || value === null || isNumberText(value)) return value ?? null;
  if (depth > MAX_VALUE_DEPTH + 1) return TOO_DEEP_VALUE;
  if (Array.isArray(value)) return readArray(value, depth);
  const tagged = value as JsonRecord;
  const tag = Object.keys(tagged).find((key) => TAGS.has(key));
  if (tag === undefined) return readPlainObject(tagged, depth);
  return readTagged(tag, tagged[tag], depth);
}

function readTagged(tag: string, value: unknown, depth: number): unknown {
  if (tag === "intValue") return integerOf(value);
  if (tag === "doubleValue") return typeof value === "number" ? doubleOf(value) : readDoubleText(value);
  if (tag === "arrayValue") return readArray(value, depth);
  if (tag === "kvlistValue") return readList(value, depth);
  // An unset value of a set tag is the type's own empty value, which protobuf's JSON form may leave out.
  return readValue(value, depth + 1);
}

function readPlainObject(object: JsonRecord, depth: number): unknown {
  const keys = Object.keys(object);
  if (keys.length === 0) return null;
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP_VALUE;
  const plain: Record<string, unknown> = {};
  for (const key of keys) setOwn(plain, wellFormed(key), readValue(object[key], depth + 1));
  return plain;
}

function readArray(value: unknown, depth: number): unknown {
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP_VALUE;
  const values = isJsonObject(value) ? (value.values ?? []) : value;
  return Array.isArray(values) ? values.map((item) => readValue(item, depth + 1)) : readValue(values, depth + 1);
}

function readList(value: unknown, depth: number): unknown {
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP_VALUE;
  const values = isJsonObject(value) ? (value.values ?? []) : value;
  if (!Array.isArray(values)) return readValue(values, depth + 1);
  const list: Record<string, unknown> = {};
  for (const item of values) {
    if (isJsonObject(item) && typeof item.key === "string")
      setOwn(list, wellFormed(item.key), readValue(item.value, depth + 1));
  }
  return list;
}

/** 64-bit integers come as text or number. One that no double holds exactly stays text. */
function integerOf(value: unknown): unknown {
  if (typeof value !== "string" || !/^-?\d{1,20}$/.test(value))
    return typeof value === "string" ? wellFormed(value) : (value ?? 0);
  const integer = Number(value);
  return Number.isSafeInteger(integer) ? integer : value;
}

/** `"NaN"` and the infinities stay text; a number written as text is that number. */
function readDoubleText(value: unknown): unknown {
  if (typeof value !== "string") return value ?? 0;
  const double = Number(value);
  return value.trim() !== "" && Number.isFinite(double) ? double : wellFormed(value);
}
