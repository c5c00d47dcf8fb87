import { ABORT_NAME } from "../../abort-name.ts";
import { OTEL_FIELDS_KEY } from "../../attribute-names.ts";
import { definedOf, isObs, isRevision, textOf } from "../../decoding/marker.ts";
import { MAX_ID_CHARACTERS } from "../../limits.ts";
import { parseJsonNumbers } from "../../payload/json-numbers.ts";
import { isJsonObject, setOwn } from "../../payload/json-object.ts";
import { ENDED, STARTED } from "../../revision.ts";
import { validateSnapshot } from "../../snapshot-validation.ts";
import type { ServiceInfo, SpanError, SpanSnapshot, SpanStatus } from "../../span-snapshot.ts";
import { DEFAULT_SPAN_TYPE, isSpanType } from "../../span-type.ts";
import { otlpSpanId, otlpTraceId } from "./otlp-ids.ts";
import { ownData, ownPayload } from "./otlp-payloads.ts";
import type { NormalizedSpan, NormalizeSpan, OtlpAttributes, OtlpSpanEvent, OtlpSpanRecord } from "./span-record.ts";
import { idsOfTraceState, TRACE_STATE_KEY, traceStateEntries } from "./trace-state.ts";

/**
 * The snapshot of a span that came over OTLP. What a snapshot has no field for stays in `data` under one reserved name,
 * so that nothing is lost and nothing of the sender's is covered: kind, scope, resource, events, links, trace state,
 * schema addresses, dropped counts, and what is wrong with the span.
 */
export function snapshotOfRecord(record: OtlpSpanRecord, normalize: NormalizeSpan): SpanSnapshot {
  return isSpanType(record.attributes["everspan.type"]) ? ownSnapshot(record) : foreignSnapshot(record, normalize);
}

function foreignSnapshot(record: OtlpSpanRecord, normalize: NormalizeSpan): SpanSnapshot {
  const normal = normalize(record);
  const { name, type, taskId, input, output } = normal;
  const error = normal.error ?? readError(record);
  return definedOf<SpanSnapshot>({
    phase: record.endTime === undefined ? "started" : "ended",
    revision: record.endTime === undefined ? STARTED : ENDED,
    ...placeOf(record),
    id: record.spanId,
    taskId,
    name: name ?? record.name,
    type: type ?? DEFAULT_SPAN_TYPE,
    startTime: record.startTime,
    endTime: record.endTime,
    status: normal.status ?? (isStopped(record) ? "CANCELED" : statusOf(record)),
    error,
    service: readService(record),
    input,
    output,
    data: dataOf(record, normal),
  });
}

/**
 * Where a span of Everspan's in another process is above this one, its trace may be known by another id there, and so may
 * the parent, if this is its child: further down the entry still stands, and names a span that is no parent any more.
 */
function placeOf({ traceId, parentSpanId, traceState }: OtlpSpanRecord): Pick<SpanSnapshot, "traceId" | "parentId"> {
  const entry = traceState === undefined ? undefined : traceStateEntries(traceState)?.get(TRACE_STATE_KEY);
  const ours = entry === undefined ? {} : idsOfTraceState(entry);
  const isOurTrace = ours.traceId !== undefined && otlpTraceId(ours.traceId) === traceId;
  const isOurChild = ours.spanId !== undefined && otlpSpanId(ours.spanId) === parentSpanId;
  return definedOf<Pick<SpanSnapshot, "traceId" | "parentId">>({
    traceId: isOurTrace ? ours.traceId! : traceId,
    parentId: isOurChild ? ours.spanId! : parentSpanId,
  });
}

function statusOf({ status }: OtlpSpanRecord): SpanStatus {
  return status.code === "ERROR" ? "ERROR" : "OK";
}

/** It ended with an error that says somebody stopped it. OpenTelemetry has no status for that. */
function isStopped({ events, status }: OtlpSpanRecord): boolean {
  const exception = events.findLast((event) => event.name === "exception");
  return status.code === "ERROR" && ABORT_NAME.test(textOf(exception?.attributes ?? {}, "exception.type") ?? "");
}

/** The last exception, or the message of a status that says error. All exceptions stay among the events. */
function readError({ events, status }: OtlpSpanRecord): SpanError | undefined {
  const exception = events.findLast((event) => event.name === "exception");
  if (exception === undefined) {
    return status.code === "ERROR" && status.message !== undefined
      ? { type: "Error", message: status.message }
      : undefined;
  }
  const { attributes } = exception;
  return definedOf<SpanError>({
    type: textOf(attributes, "exception.type") ?? "Error",
    message: textOf(attributes, "exception.message") ?? status.message ?? "",
    stack: textOf(attributes, "exception.stacktrace"),
  });
}

function readService({ resource, attributes }: OtlpSpanRecord, isOurs = false): ServiceInfo | undefined {
  const name = textOf(resource.attributes, "service.name");
  const service = definedOf<ServiceInfo>({
    name: name === "unknown_service" && isOurs ? undefined : name,
    version: textOf(resource.attributes, "service.version"),
    agentName: textOf(attributes, "gen_ai.agent.name"),
    agentId: textOf(attributes, "gen_ai.agent.id"),
  });
  return Object.keys(service).length > 0 ? service : undefined;
}

/** An attribute that has the reserved name itself is kept within. */
function dataOf(record: OtlpSpanRecord, { data, takenEvents }: NormalizedSpan): Record<string, unknown> {
  const fields = fieldsOf(record, takenEvents);
  if (Object.hasOwn(data, OTEL_FIELDS_KEY)) fields.attributes = { [OTEL_FIELDS_KEY]: data[OTEL_FIELDS_KEY] };
  return { ...data, [OTEL_FIELDS_KEY]: fields };
}

/** Only what differs from what a span has anyway. */
function fieldsOf(record: OtlpSpanRecord, takenEvents: NormalizedSpan["takenEvents"]): Record<string, unknown> {
  const { kind, status, scope, resource, events, links, dropped, mistakes, traceState, flags } = record;
  const kept = takenEvents === undefined ? events : events.filter((_, index) => takenEvents[index] !== true);
  const fields: Record<string, unknown> = {};
  if (kind !== "UNSPECIFIED") fields.kind = kind;
  if (status.code === "OK" || (status.code === "UNSET" && status.message !== undefined)) fields.status = status;
  if (traceState !== undefined) fields.traceState = traceState;
  if (flags !== undefined) fields.flags = flags;
  if (scope.name !== "" || Object.keys(scope).length > 1) fields.scope = scope;
  if (Object.keys(resource.attributes).length > 0) fields.resource = resource.attributes;
  if (resource.schemaUrl !== undefined) fields.resourceSchemaUrl = resource.schemaUrl;
  if (resource.droppedAttributes !== undefined) fields.resourceDroppedAttributes = resource.droppedAttributes;
  if (kept.length > 0) fields.events = kept;
  if (links.length > 0) fields.links = links;
  if (dropped !== undefined) fields.dropped = dropped;
  if (mistakes.length > 0) fields.mistakes = mistakes;
  return fields;
}

/** A span of ours comes back as it was sent, and with what a collector on the way has added. */
function ownSnapshot(record: OtlpSpanRecord): SpanSnapshot {
  const { attributes, links, endTime } = record;
  const [obs] = links;
  const data = ownData(attributes);
  const added = addedOnTheWay(record, data);
  const type = attributes["everspan.type"];
  const revision = attributes["everspan.revision"];
  const snapshot = definedOf<SpanSnapshot>({
    phase: endTime === undefined ? "started" : "ended",
    revision: isRevision(revision) ? revision : endTime === undefined ? STARTED : ENDED,
    traceId: ownId(attributes, "everspan.trace_id") ?? record.traceId,
    id: ownId(attributes, "everspan.span_id") ?? record.spanId,
    parentId: ownId(attributes, "everspan.parent_id") ?? record.parentSpanId,
    taskId: textOf(attributes, "everspan.task_id"),
    name: record.name,
    type: isSpanType(type) ? type : DEFAULT_SPAN_TYPE,
    startTime: record.startTime,
    endTime,
    status: attributes["everspan.status"] === "CANCELED" ? "CANCELED" : statusOf(record),
    error: readError(record),
    service: readService(record, true),
    obs: obs !== undefined && isObs(obs) ? { traceId: obs.traceId, spanId: obs.spanId } : undefined,
    input: ownPayload(attributes, "input"),
    output: ownPayload(attributes, "output"),
    data: added === undefined ? data : { ...data, [OTEL_FIELDS_KEY]: added },
  });
  return attributes[EXACT_KEY] === undefined ? snapshot : withExactFields(snapshot, attributes[EXACT_KEY]);
}

/** What OTLP has no place for, as `exact-fields.ts` writes it: lists of one value, or of none. As untrusted as the rest. */
export const EXACT_KEY = "everspan.exact";

function withExactFields(snapshot: SpanSnapshot, text: unknown): SpanSnapshot {
  const fields = exactFields(text);
  if (!isJsonObject(fields)) return snapshot;
  const exact: Record<string, unknown> = { ...snapshot };
  for (const [name, value] of Object.entries(fields)) {
    if (!Array.isArray(value)) continue;
    if (value.length === 0) delete exact[name];
    else setOwn(exact, name, value[0]);
  }
  const validated = validateSnapshot(exact);
  return validated.ok ? validated.snapshot : snapshot;
}

/** Numbers are ours, so none has more digits than it can hold. */
function exactFields(text: unknown): unknown {
  try {
    return typeof text === "string" ? parseJsonNumbers(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Names that our own exporter writes; those with a dot from `data` are told apart by `data` itself. */
const OWN_ATTRIBUTE =
  /^(?:everspan|input|output|metadata|gen_ai|llm|openinference)\.|^(?:metadata|session\.id|tool\.name)$/;
const OWN_RESOURCE = /^(?:service\.(?:name|version)|openinference\.project\.name|telemetry\.sdk\.(?:name|language))$/;

function addedOnTheWay(record: OtlpSpanRecord, data: SpanSnapshot["data"]): Record<string, unknown> | undefined {
  const attributes = withoutOwn(record.attributes, OWN_ATTRIBUTE, data);
  const resource = withoutOwn(record.resource.attributes, OWN_RESOURCE, undefined);
  const events = record.events.filter((event) => event.name !== "exception");
  const { mistakes } = record;
  if (attributes === undefined && resource === undefined && events.length === 0 && mistakes.length === 0)
    return undefined;
  return definedOf<{
    attributes: OtlpAttributes;
    resource: OtlpAttributes;
    events: OtlpSpanEvent[];
    mistakes: readonly string[];
  }>({
    attributes,
    resource,
    events: events.length > 0 ? events : undefined,
    mistakes: mistakes.length > 0 ? mistakes : undefined,
  });
}

function withoutOwn(attributes: OtlpAttributes, own: RegExp, data: SpanSnapshot["data"]): OtlpAttributes | undefined {
  let added: OtlpAttributes | undefined;
  for (const [name, value] of Object.entries(attributes)) {
    if (own.test(name) || (isJsonObject(data) && Object.hasOwn(data, name))) continue;
    added ??= {};
    setOwn(added, name, value);
  }
  return added;
}

/** Ids from attributes are as untrusted as the span's own. */
function ownId(attributes: OtlpAttributes, name: string): string | undefined {
  const id = textOf(attributes, name);
  return id !== undefined && id !== "" && id.length <= MAX_ID_CHARACTERS && !id.includes("\0") ? id : undefined;
}
