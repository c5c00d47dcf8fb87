import { OTEL_FIELDS_KEY } from "../../attribute-names.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { DEFAULT_SPAN_TYPE } from "../../span-type.ts";
import { textOf, wellFormed } from "./record-builder.ts";
import { snapshotOfRecord } from "./record-snapshot.ts";
import {
  type NormalizeSpan,
  OTLP_KINDS,
  OTLP_STATUS_CODES,
  type OtlpAttributes,
  type OtlpSpanEvent,
  type OtlpSpanLink,
  type OtlpSpanRecord,
} from "./span-record.ts";

/**
 * `everspan/otel` sends a span of OpenTelemetry as a snapshot whose `data` has its attributes as they came, and beside
 * them, under the reserved name, what is no attribute. A field `unread` asks for what happens to a span that comes over
 * OTLP: its attributes are read, in the same way. Ids, times and what the sender says itself stay.
 *
 * @returns the same snapshot when there is nothing to read
 */
export function readUnreadSpan(snapshot: SpanSnapshot, normalize: NormalizeSpan): SpanSnapshot {
  const fields = snapshot.data?.[OTEL_FIELDS_KEY];
  if (!isJsonObject(fields) || fields.unread !== true) return snapshot;
  const read = snapshotOfRecord(recordOf(snapshot, fields), normalize);
  const { traceId, id, parentId, name, phase, revision, startTime, endTime, obs } = snapshot;
  const service = { ...read.service, ...snapshot.service };
  const whole: SpanSnapshot = {
    ...read,
    ...{ traceId, id, phase, revision, startTime },
    name: read.name === textOf(name) ? name : read.name,
    type: read.type === DEFAULT_SPAN_TYPE ? snapshot.type : read.type,
    status: snapshot.status === "OK" ? read.status : snapshot.status,
  };
  const kept = {
    parentId,
    endTime,
    obs,
    taskId: read.taskId ?? snapshot.taskId,
    error: read.error ?? snapshot.error,
    input: read.input ?? snapshot.input,
    output: read.output ?? snapshot.output,
    service: Object.keys(service).length > 0 ? service : undefined,
  };
  const result: Record<string, unknown> = { ...whole };
  for (const [field, value] of Object.entries(kept)) {
    if (value === undefined) delete result[field];
    else result[field] = value;
  }
  return result as unknown as SpanSnapshot;
}

function recordOf(snapshot: SpanSnapshot, fields: OtlpAttributes): OtlpSpanRecord {
  const { [OTEL_FIELDS_KEY]: _fields, ...attributes } = snapshot.data as OtlpAttributes;
  // Our own exporter's mark: this is no span of it.
  delete attributes["everspan.type"];
  const status = objectOf(fields.status);
  const message = textOf(status.message);
  const scope = objectOf(fields.scope);
  const { traceState } = fields;
  return {
    traceId: snapshot.traceId,
    spanId: snapshot.id,
    ...(typeof traceState === "string" && { traceState }),
    name: textOf(snapshot.name),
    kind: OTLP_KINDS.find((kind) => kind === fields.kind) ?? "UNSPECIFIED",
    startTime: snapshot.startTime,
    ...(snapshot.endTime !== undefined && { endTime: snapshot.endTime }),
    status: {
      code: OTLP_STATUS_CODES.find((code) => code === status.code) ?? "UNSET",
      ...(message !== "" && { message }),
    },
    attributes,
    events: listOf(fields.events).map(eventOf),
    links: listOf(fields.links).map(linkOf),
    ...(isJsonObject(fields.dropped) && { dropped: fields.dropped }),
    scope: { name: textOf(scope.name), ...textsOf(scope, "version", "schemaUrl") },
    resource: { attributes: objectOf(fields.resource) },
    mistakes: [],
  };
}

function eventOf({ name, time, attributes }: OtlpAttributes): OtlpSpanEvent {
  return {
    name: textOf(name),
    time: typeof time === "string" ? wellFormed(time) : null,
    attributes: objectOf(attributes),
  };
}

function linkOf({ traceId, spanId, attributes }: OtlpAttributes): OtlpSpanLink {
  return { traceId: textOf(traceId), spanId: textOf(spanId), attributes: objectOf(attributes) };
}

function textsOf(fields: OtlpAttributes, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof fields[name] === "string" ? [[name, wellFormed(fields[name])]] : [])),
  );
}

function objectOf(value: unknown): OtlpAttributes {
  return isJsonObject(value) ? value : {};
}

function listOf(value: unknown): readonly OtlpAttributes[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
