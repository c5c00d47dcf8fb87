import { kindOf } from "../../decoding/refusal.ts";
import { isSpanType } from "../../span-type.ts";
import { formatTimestamp } from "../../timestamp.ts";
import { isOtlpId } from "./otlp-ids.ts";
import {
  OTLP_KINDS,
  OTLP_STATUS_CODES,
  type OtlpAttributes,
  type OtlpKind,
  type OtlpResource,
  type OtlpScope,
  type OtlpSpanEvent,
  type OtlpSpanLink,
  type OtlpSpanRecord,
  type OtlpStatus,
} from "./span-record.ts";

/** A span as one of the two forms gives it: plain values, nothing checked but the attributes. */
export interface RawSpan {
  traceId: unknown;
  spanId: unknown;
  parentSpanId: unknown;
  traceState: unknown;
  flags: unknown;
  name: unknown;
  kind: unknown;
  start: RawTime;
  end: RawTime;
  attributes: OtlpAttributes;
  droppedAttributes: unknown;
  events: readonly RawEvent[];
  droppedEvents: unknown;
  links: readonly RawLink[];
  droppedLinks: unknown;
  statusCode: unknown;
  statusMessage: unknown;
  mistakes: string[];
}

export interface RawEvent {
  readonly name: unknown;
  readonly time: RawTime;
  readonly attributes: OtlpAttributes;
  readonly droppedAttributes: unknown;
}

export interface RawLink {
  readonly traceId: unknown;
  readonly spanId: unknown;
  readonly traceState: unknown;
  readonly flags: unknown;
  readonly attributes: OtlpAttributes;
  readonly droppedAttributes: unknown;
}

/** Nanoseconds since 1970: exact in microseconds, and as the nearest double. Undefined: there is none. */
export interface RawTime {
  readonly micros: number;
  readonly nanos: number;
}

/** The record, or why there can be none: one sentence that names the field. */
export function buildRecord(raw: RawSpan, scope: OtlpScope, resource: OtlpResource): OtlpSpanRecord | string {
  const traceId = hexId(raw.traceId, 32);
  if (traceId === undefined) return idMistake("traceId", raw.traceId, 32);
  const spanId = hexId(raw.spanId, 16);
  if (spanId === undefined) return idMistake("spanId", raw.spanId, 16);
  const { mistakes } = raw;
  // Our own exporter means what it says, a span of 1970 too.
  const units = isSpanType(raw.attributes["everspan.type"]) ? [] : UNITS;
  const startMicros = readTime("startTimeUnixNano", raw.start, units, mistakes);
  if (startMicros === undefined) return "startTimeUnixNano must be nanoseconds since 1970";
  const endMicros = readEnd(raw.end, startMicros, units, mistakes);
  const parentSpanId = readParent(raw.parentSpanId, spanId, mistakes);
  const traceState = textOf(raw.traceState);
  const flags = countOf(raw.flags);
  const dropped = readDropped(raw);
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(traceState !== "" && { traceState }),
    ...(flags > 0 && { flags }),
    name: textOf(raw.name),
    kind: readKind(raw.kind, mistakes),
    startTime: formatTimestamp(startMicros),
    ...(endMicros !== undefined && { endTime: formatTimestamp(endMicros) }),
    status: readStatus(raw, mistakes),
    attributes: raw.attributes,
    events: raw.events.map((event) => readEvent(event, mistakes)),
    links: raw.links.map((link) => readLink(link, mistakes)),
    ...(dropped !== undefined && { dropped }),
    scope,
    resource,
    mistakes,
  };
}

/** A text as it can be written in UTF-8: JSON may hold half of a surrogate pair, protobuf can't. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? wellFormed(value) : "";
}

export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, "\ufffd") : text;
}

/** A count of things that were dropped, or flags; what is none is 0. */
export function countOf(value: unknown): number {
  const count = typeof value === "string" ? Number(value) : value;
  return Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : 0;
}

export function hexId(value: unknown, digits: 16 | 32): string | undefined {
  if (typeof value !== "string" || value.length !== digits) return undefined;
  const id = value.toLowerCase();
  return isOtlpId(id, digits) ? id : undefined;
}

/** The commonest mistake is protobuf's own JSON form, which has bytes in base64 where OTLP's has hex digits. */
function idMistake(name: string, value: unknown, digits: 16 | 32): string {
  const expected = `${name} must be ${digits} hex digits, not all zero`;
  if (typeof value !== "string" || value === "") return `${expected}, got ${value === "" ? "nothing" : kindOf(value)}`;
  const bytes = digits / 2;
  const isBase64 = value.length === Math.ceil(bytes / 3) * 4 && /^[\w+/-]+={1,2}$/.test(value);
  if (isBase64) return `${expected}, got ${bytes} bytes in base64: OTLP's JSON form has ids in hex`;
  if (/^0+$/.test(value)) return `${expected}, got zeros`;
  if (isHex(value)) return `${expected}, got ${value.length} of them`;
  const undashed = value.replaceAll("-", "");
  if (undashed.length === digits && isHex(undashed)) return `${expected}, got a UUID with dashes`;
  return `${expected}, got a text of ${value.length} characters`;
}

function isHex(text: string): boolean {
  return /^[0-9a-f]+$/i.test(text);
}

function readParent(value: unknown, spanId: string, mistakes: string[]): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const id = hexId(value, 16);
  if (id === undefined) {
    if (typeof value !== "string" || !/^0+$/.test(value))
      mistakes.push(`${idMistake("parentSpanId", value, 16)}: left out`);
    return undefined;
  }
  if (id !== spanId) return id;
  mistakes.push("parentSpanId is the span's own id: left out");
  return undefined;
}

/** Times before this, in microseconds (1973), are no nanoseconds of anything traced. */
const FIRST_MICROS = 1e14;
/** In nanoseconds, what the present is in the unit that was meant: from 1998 to 2065. */
const UNITS: readonly (readonly [unit: string, from: number, to: number, micros: number])[] = [
  ["seconds", 9e8, 3e9, 1e6],
  ["milliseconds", 9e11, 3e12, 1e3],
  ["microseconds", 9e14, 3e15, 1],
];

/** Whole microseconds; undefined when there is no time (0 means none). */
function readTime(
  name: string,
  { micros, nanos }: RawTime,
  units: typeof UNITS,
  mistakes: string[],
): number | undefined {
  if (!Number.isSafeInteger(micros) || nanos <= 0) return undefined;
  if (micros >= FIRST_MICROS || units.length === 0) return micros;
  const unit = units.find(([, from, to]) => nanos >= from && nanos < to);
  if (unit !== undefined) {
    mistakes.push(`${name} ${nanos} is in ${unit[0]}, not nanoseconds: read as ${unit[0]}`);
    return Math.floor(nanos * unit[3]);
  }
  mistakes.push(`${name} ${nanos} is a time before 1974`);
  return micros;
}

function readEnd(end: RawTime, startMicros: number, units: typeof UNITS, mistakes: string[]): number | undefined {
  const micros = readTime("endTimeUnixNano", end, units, mistakes);
  if (micros === undefined || micros >= startMicros) return micros;
  const byMs = (startMicros - micros) / 1000;
  mistakes.push(`endTimeUnixNano is ${formatTimestamp(micros)}, ${byMs} ms before the start: read as the start`);
  return startMicros;
}

function readKind(value: unknown, mistakes: string[]): OtlpKind {
  if (value === undefined || value === null) return "UNSPECIFIED";
  const kind = typeof value === "number" ? OTLP_KINDS[value] : enumOf(value, "SPAN_KIND_", OTLP_KINDS);
  if (kind === undefined) mistakes.push(`kind ${said(value)} is unknown`);
  else if (typeof value === "string") mistakes.push(`kind is a text: OTLP's JSON form has ${OTLP_KINDS.indexOf(kind)}`);
  return kind ?? "UNSPECIFIED";
}

function readStatus({ statusCode, statusMessage }: RawSpan, mistakes: string[]): OtlpStatus {
  const message = textOf(statusMessage);
  const code =
    typeof statusCode === "number"
      ? OTLP_STATUS_CODES[statusCode]
      : enumOf(statusCode ?? "UNSET", "STATUS_CODE_", OTLP_STATUS_CODES);
  if (code === undefined) mistakes.push(`status.code ${said(statusCode)} is unknown`);
  else if (typeof statusCode === "string")
    mistakes.push(`status.code is a text: OTLP's JSON form has ${OTLP_STATUS_CODES.indexOf(code)}`);
  return { code: code ?? "UNSET", ...(message !== "" && { message }) };
}

/** An enum by its name, with its prefix or without, or by its number as text. */
function enumOf<Name extends string>(value: unknown, prefix: string, names: readonly Name[]): Name | undefined {
  const text = typeof value === "string" ? value.toUpperCase() : "";
  const name = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return /^\d$/.test(name) ? names[Number(name)] : names.find((known) => known === name);
}

function said(value: unknown): string {
  return typeof value === "number" || typeof value === "string"
    ? JSON.stringify(String(value).slice(0, 40))
    : kindOf(value);
}

function readEvent(event: RawEvent, mistakes: string[]): OtlpSpanEvent {
  const micros = readTime("events.timeUnixNano", event.time, UNITS, mistakes);
  const droppedAttributes = countOf(event.droppedAttributes);
  return {
    name: textOf(event.name),
    time: micros === undefined ? null : formatTimestamp(micros),
    attributes: event.attributes,
    ...(droppedAttributes > 0 && { droppedAttributes }),
  };
}

/** A link whose ids are no ids points nowhere, but what it says beside them stays. */
function readLink(link: RawLink, mistakes: string[]): OtlpSpanLink {
  const traceId = hexId(link.traceId, 32);
  const spanId = hexId(link.spanId, 16);
  if (traceId === undefined) mistakes.push(idMistake("links.traceId", link.traceId, 32));
  if (spanId === undefined) mistakes.push(idMistake("links.spanId", link.spanId, 16));
  const traceState = textOf(link.traceState);
  const flags = countOf(link.flags);
  const droppedAttributes = countOf(link.droppedAttributes);
  return {
    traceId: traceId ?? textOf(link.traceId),
    spanId: spanId ?? textOf(link.spanId),
    ...(traceState !== "" && { traceState }),
    ...(flags > 0 && { flags }),
    attributes: link.attributes,
    ...(droppedAttributes > 0 && { droppedAttributes }),
  };
}

function readDropped(raw: RawSpan): OtlpSpanRecord["dropped"] {
  const attributes = countOf(raw.droppedAttributes);
  const events = countOf(raw.droppedEvents);
  const links = countOf(raw.droppedLinks);
  if (attributes + events + links === 0) return undefined;
  return { ...(attributes > 0 && { attributes }), ...(events > 0 && { events }), ...(links > 0 && { links }) };
}
