/**
 * Phoenix's exports: spans of its API and its clients (one a line, in a list, under `data` or `spans`), and rows of its
 * data frames, whose columns are named `context.span_id` and `attributes.…`.
 */
import {
  formatTimestamp,
  isOtlpId,
  type OtlpAttributes,
  type OtlpSpanEvent,
  type OtlpSpanRecord,
  parseTimestamp,
  type SpanSnapshot,
  snapshotOfRecord,
} from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";
import {
  decodeAll,
  type ImportFormat,
  isRecord,
  type JsonRecord,
  kindOf,
  listAt,
  NOTHING,
  textAt,
} from "../import-format.ts";

const LISTS = ["data", "spans"];

export const phoenixFormat: ImportFormat = {
  name: "Phoenix export",
  looks: '{"name", "context": {"trace_id", "span_id"}, "start_time", "attributes", …}',
  recognises: (value, { under }) =>
    isSpan(value) || (under === undefined && LISTS.some((list) => isSpan(listAt(value, list)[0]))),
  open: () => ({
    hasMemory: false,
    read: (value, { isEmptied }) => {
      if (isEmptied === true) return NOTHING;
      const list = LISTS.flatMap((name) => listAt(value, name));
      return decodeAll(isSpan(value) || list.length === 0 ? [value] : list, decode);
    },
  }),
};

function isSpan(value: unknown): value is JsonRecord {
  if (!isRecord(value)) return false;
  return (
    "context.span_id" in value || (isRecord(value.context) && "span_id" in value.context && "trace_id" in value.context)
  );
}

type Decoded = { ok: true; snapshot: SpanSnapshot } | { ok: false; message: string };

function decode(span: unknown): Decoded {
  if (!isSpan(span)) return { ok: false, message: `context must hold a trace_id and a span_id, got ${kindOf(span)}` };
  const traceId = hexId(span, "trace_id", 32);
  const spanId = hexId(span, "span_id", 16);
  const startTime = instantOf(span.start_time);
  if (traceId === undefined) return { ok: false, message: "context.trace_id must have 32 hex digits" };
  if (spanId === undefined) return { ok: false, message: "context.span_id must have 16 hex digits" };
  if (startTime === undefined)
    return { ok: false, message: `start_time must be an instant, got ${kindOf(span.start_time)}` };
  const endTime = instantOf(span.end_time);
  const parentSpanId = typeof span.parent_id === "string" ? span.parent_id.toLowerCase() : undefined;
  const message = textAt(span, "status_message");
  const code = span.status_code === "OK" || span.status_code === "ERROR" ? span.status_code : "UNSET";
  const record: OtlpSpanRecord = {
    traceId,
    spanId,
    name: textAt(span, "name") ?? "",
    kind: "UNSPECIFIED",
    startTime,
    status: { code, ...(message !== undefined && { message }) },
    attributes: attributesOf(span),
    events: listAt(span, "events").filter(isRecord).map(readEvent),
    links: [],
    scope: { name: "" },
    resource: { attributes: {} },
    mistakes: [],
    ...(parentSpanId !== undefined && isOtlpId(parentSpanId, 16) && { parentSpanId }),
    ...(endTime !== undefined && { endTime: [startTime, endTime].sort()[1]! }),
  };
  return { ok: true, snapshot: snapshotOfRecord(record, normalizeSpan) };
}

function hexId(span: JsonRecord, name: string, digits: 16 | 32): string | undefined {
  const id = (textAt(span.context, name) ?? textAt(span, `context.${name}`))?.toLowerCase();
  return id !== undefined && isOtlpId(id, digits) ? id : undefined;
}

/** Data frames have milliseconds since 1970. */
function instantOf(value: unknown): string | undefined {
  const micros = typeof value === "number" ? Math.round(value * 1000) : parseTimestamp(String(value));
  return micros === undefined || !Number.isSafeInteger(micros) || micros <= 0 ? undefined : formatTimestamp(micros);
}

function readEvent(event: JsonRecord): OtlpSpanEvent {
  const attributes: OtlpAttributes = {};
  flatten("", event.attributes, attributes);
  return {
    name: textAt(event, "name") ?? "",
    time: instantOf(event.timestamp ?? event.time) ?? null,
    attributes,
  };
}

/** OpenInference's names with dots, as they were sent, whether the export has them so, in objects, or in columns. */
function attributesOf(span: JsonRecord): OtlpAttributes {
  const attributes: OtlpAttributes = {};
  flatten("", span.attributes, attributes);
  for (const [column, value] of Object.entries(span)) {
    if (column.startsWith("attributes.") && value !== null)
      flatten(column.slice("attributes.".length), value, attributes);
  }
  const kind = textAt(span, "span_kind");
  if (kind !== undefined) attributes["openinference.span.kind"] ??= kind;
  return attributes;
}

/** OpenInference keeps these as JSON text. */
const JSON_NAMES = /(^|\.)(metadata|parameters|json_schema|invocation_parameters|arguments|variables|value)$/;

function flatten(name: string, value: unknown, attributes: OtlpAttributes): void {
  if (Array.isArray(value) && value.some(isRecord)) {
    for (const [index, item] of value.entries()) flatten(`${name}.${index}`, item, attributes);
  } else if (isRecord(value) && !(name !== "" && JSON_NAMES.test(name))) {
    for (const [key, item] of Object.entries(value)) flatten(name === "" ? key : `${name}.${key}`, item, attributes);
  } else if (isRecord(value)) set(attributes, name, JSON.stringify(value));
  else if (value !== undefined && value !== null) set(attributes, name, value);
}

function set(attributes: OtlpAttributes, name: string, value: unknown): void {
  Object.defineProperty(attributes, name, { value, enumerable: true, configurable: true, writable: true });
}
