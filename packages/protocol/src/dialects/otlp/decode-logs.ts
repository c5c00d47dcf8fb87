import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import { ProtoError, ProtoReader } from "../../protobuf/proto-reader.ts";
import { formatTimestamp } from "../../timestamp.ts";
import { readAttributes, readValue as readJsonValue, timeOf } from "./decode-json.ts";
import { readKeyValue, readTime, readValue } from "./decode-proto.ts";
import { hexId, type RawTime, textOf } from "./record-builder.ts";
import type { OtlpAttributes } from "./span-record.ts";

/** OTLP's `ExportLogsServiceRequest`, as far as its records can belong to a span: others are counted, not kept. */

export interface OtlpLogRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** RFC 3339; null when the record has no time. */
  readonly time: string | null;
  /** The event's name; empty when the record is no event. */
  readonly name: string;
  readonly severity?: string;
  readonly body: unknown;
  readonly attributes: OtlpAttributes;
}

export type DecodedOtlpLogs =
  | {
      readonly ok: true;
      readonly records: readonly OtlpLogRecord[];
      /** Records without the ids of a span. */
      readonly withoutSpan: number;
    }
  | Refusal;

interface RawLog {
  traceId: unknown;
  spanId: unknown;
  time: RawTime;
  observed: RawTime;
  name: unknown;
  severity: unknown;
  body: unknown;
  attributes: OtlpAttributes;
}

/** Never throws. */
export function decodeOtlpLogsJson(body: unknown): DecodedOtlpLogs {
  if (!isJsonObject(body)) return refuse(400, `a request must be an object, got ${kindOf(body)}`);
  const raws: RawLog[] = [];
  for (const resourceLogs of objectsIn(body.resourceLogs)) {
    for (const scopeLogs of objectsIn(resourceLogs.scopeLogs)) {
      for (const record of objectsIn(scopeLogs.logRecords)) raws.push(rawOfJson(record));
    }
  }
  const { resourceLogs } = body;
  if (resourceLogs !== undefined && resourceLogs !== null && !Array.isArray(resourceLogs)) {
    return refuse(400, `resourceLogs must be an array, got ${kindOf(resourceLogs)}`);
  }
  return finish(raws);
}

function objectsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function rawOfJson(record: Readonly<Record<string, unknown>>): RawLog {
  return {
    traceId: record.traceId,
    spanId: record.spanId,
    time: timeOf(record.timeUnixNano),
    observed: timeOf(record.observedTimeUnixNano),
    name: record.eventName,
    severity: record.severityText,
    body: readJsonValue(record.body, 0),
    attributes: readAttributes(record.attributes, "attributes", []),
  };
}

/** Never throws. */
export function decodeOtlpLogsProto(bytes: Uint8Array): DecodedOtlpLogs {
  const reader = new ProtoReader(bytes);
  const raws: RawLog[] = [];
  try {
    while (reader.next()) {
      if (reader.field === 1) readNested(reader, 2, () => readNested(reader, 2, () => raws.push(readRecord(reader))));
      else reader.skip();
    }
  } catch (error) {
    if (error instanceof ProtoError) return refuse(400, `the body is no ExportLogsServiceRequest: ${error.message}`);
    throw error;
  }
  return finish(raws);
}

/** The fields of one number within a nested message. */
function readNested(reader: ProtoReader, field: number, read: () => void): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === field) read();
    else reader.skip();
  }
  reader.leave(outer);
}

const NO_TIME: RawTime = { micros: 0, nanos: 0 };

function readRecord(reader: ProtoReader): RawLog {
  const outer = reader.enter();
  // biome-ignore format: one line for each kind
  const raw: RawLog = {
    traceId: "", spanId: "", time: NO_TIME, observed: NO_TIME, name: "", severity: "", body: null, attributes: {},
  };
  while (reader.next()) {
    if (reader.field === 1) raw.time = readTime(reader);
    else if (reader.field === 3) raw.severity = reader.name();
    else if (reader.field === 5) raw.body = readValue(reader, 0);
    else if (reader.field === 6) readKeyValue(reader, raw.attributes, 0, []);
    else if (reader.field === 9) raw.traceId = reader.hex();
    else if (reader.field === 10) raw.spanId = reader.hex();
    else if (reader.field === 11) raw.observed = readTime(reader);
    else if (reader.field === 12) raw.name = reader.name();
    else reader.skip();
  }
  reader.leave(outer);
  return raw;
}

function finish(raws: readonly RawLog[]): DecodedOtlpLogs {
  const records: OtlpLogRecord[] = [];
  for (const raw of raws) {
    const traceId = hexId(raw.traceId, 32);
    const spanId = hexId(raw.spanId, 16);
    if (traceId === undefined || spanId === undefined) continue;
    const severity = textOf(raw.severity);
    records.push({
      traceId,
      spanId,
      time: timestampOf(raw.time) ?? timestampOf(raw.observed) ?? null,
      // Before events had a field for it, their name was an attribute.
      name: textOf(raw.name) || textOf(raw.attributes["event.name"]),
      ...(severity !== "" && { severity }),
      body: raw.body,
      attributes: raw.attributes,
    });
  }
  return { ok: true, records, withoutSpan: raws.length - records.length };
}

function timestampOf({ micros, nanos }: RawTime): string | undefined {
  return Number.isSafeInteger(micros) && nanos > 0 ? formatTimestamp(micros) : undefined;
}
