import {
  ERROR_KEY,
  OBS_TRACE_ID_KEY,
  SGP_ERROR_KEY,
  SGP_ERROR_MESSAGE_KEY,
  SGP_ERROR_TYPE_KEY,
  SGP_FIELDS_KEY,
  SPAN_TYPE_KEY,
} from "../../attribute-names.ts";
import type { DecodedSpan } from "../../decoding/decoded-span.ts";
import { FieldReader } from "../../decoding/field-checks.ts";
import {
  definedOf,
  isObs,
  type PayloadField,
  packMetadata,
  packPlainMetadata,
  readMarker,
  type SpanMarker,
  textOf,
  unpackData,
  unpackService,
  unwrapPayload,
} from "../../decoding/marker.ts";
import { kindOf, refuse } from "../../decoding/refusal.ts";
import { newSpanId } from "../../ids.ts";
import { MAX_ID_BYTES } from "../../limits.ts";
import { inspectPayload, replaceNul, TOO_DEEP } from "../../payload/inspect.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import { utf8ByteLength } from "../../payload/utf8.ts";
import type { SpanError, SpanSnapshot, SpanStatus } from "../../span-snapshot.ts";
import { DEFAULT_SPAN_TYPE, isSpanType, type SpanType } from "../../span-type.ts";

/** The spans API of Scale GenAI Platform: one span as an item of `/v5/spans/batch`, both ways. */

export type SgpStatus = "SUCCESS" | "ERROR" | "CANCELED";

export interface SgpItem {
  readonly id: string;
  readonly trace_id: string;
  readonly parent_id?: string;
  /** The task: what the platform groups traces by. */
  readonly group_id?: string;
  readonly name: string;
  readonly type: SpanType;
  readonly status: SgpStatus;
  /** Part of the platform's storage identity: the same text in every item of one span. */
  readonly start_timestamp: string;
  readonly end_timestamp?: string;
  readonly input?: object;
  readonly output?: object;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly expected?: object;
  readonly application_interaction_id?: string;
  readonly application_variant_id?: string;
  readonly obs_trace_id?: string;
  readonly obs_span_id?: string;
}

const SGP_STATUS: Record<SpanStatus, SgpStatus> = { OK: "SUCCESS", ERROR: "ERROR", CANCELED: "CANCELED" };
const SPAN_STATUS: Record<SgpStatus, SpanStatus> = { SUCCESS: "OK", ERROR: "ERROR", CANCELED: "CANCELED" };

/**
 * The snapshot as the platform takes it. Payloads are passed by reference; what is no object travels as `{value}`.
 * Written field by field, in the order in which they travel: this runs for each span, and a list of fields that leaves
 * out the undefined ones costs four times as much.
 */
export function toSgpItem(snapshot: SpanSnapshot): SgpItem {
  const { parentId, taskId, endTime, input, output, data, obs } = snapshot;
  const hasGroup = taskId !== undefined && isGroupId(taskId);
  const item: { -readonly [K in keyof SgpItem]?: SgpItem[K] } = { id: snapshot.id, trace_id: snapshot.traceId };
  if (parentId !== undefined) item.parent_id = parentId;
  if (hasGroup) item.group_id = taskId;
  item.name = snapshot.name;
  item.type = snapshot.type;
  item.status = SGP_STATUS[snapshot.status];
  item.start_timestamp = snapshot.startTime;
  if (endTime !== undefined) item.end_timestamp = endTime;
  if (input !== undefined) item.input = wrapPayload(input);
  if (output !== undefined) item.output = wrapPayload(output);
  item.metadata = metadataOf(snapshot, hasGroup ? undefined : taskId);
  if (data !== undefined) Object.assign(item, sgpFields(data));
  if (obs !== undefined) {
    item.obs_trace_id = obs.traceId;
    item.obs_span_id = obs.spanId;
  }
  return item as SgpItem;
}

function isGroupId(taskId: string): boolean {
  return taskId !== "" && (taskId.length * 3 <= MAX_ID_BYTES || utf8ByteLength(taskId) <= MAX_ID_BYTES);
}

/** @param taskId when it can't travel as `group_id` */
function metadataOf(snapshot: SpanSnapshot, taskId: string | undefined): Readonly<Record<string, unknown>> {
  const { status, error } = snapshot;
  const wrapsInput = needsWrapping(snapshot.input);
  const wrapsOutput = needsWrapping(snapshot.output);
  const hasFailed = status === "ERROR" || error !== undefined;
  if (!wrapsInput && !wrapsOutput && !hasFailed && taskId === undefined) return packPlainMetadata(snapshot);
  const errorKeys: Record<string, unknown> = {};
  if (hasFailed) errorKeys[SGP_ERROR_KEY] = true;
  if (error !== undefined) {
    errorKeys[SGP_ERROR_TYPE_KEY] = error.type;
    errorKeys[SGP_ERROR_MESSAGE_KEY] = error.message;
  }
  const wrapped: PayloadField[] = [
    ...(wrapsInput ? (["input"] as const) : []),
    ...(wrapsOutput ? (["output"] as const) : []),
  ];
  return packMetadata(snapshot, errorKeys, {
    ...(wrapped.length > 0 && { wrapped }),
    ...(taskId !== undefined && { taskId }),
  });
}

/**
 * The snapshot that an item says, or why the API refuses it. An item of ours gives back exactly the snapshot it was
 * made of; a third party's has revision 0 while it runs and 1 when it has ended.
 */
export function fromSgpItem(item: unknown): DecodedSpan {
  if (!isJsonObject(item)) return refuse(422, `a span must be an object, got ${kindOf(item)}`);
  const read = new FieldReader();
  const name = read.requiredText("name", item.name);
  const traceId = read.requiredId("trace_id", item.trace_id);
  const id = read.optionalId("id", item.id) ?? newSpanId();
  const parentId = read.optionalId("parent_id", item.parent_id);
  const groupId = read.optionalId("group_id", item.group_id);
  const startTime = read.requiredTime("start_timestamp", item.start_timestamp);
  const endTime = read.optionalTime("end_timestamp", item.end_timestamp);
  read.inOrder("start_timestamp", startTime, "end_timestamp", endTime);
  const payloads = readPayloads(read, item);
  const metadata = payloads.metadata ?? {};
  const marker = readMarker(metadata);
  const status = readStatus(read, item.status, metadata);
  const type = readType(read, item.type, metadata, marker);
  const obs = readObs(read, item.obs_trace_id, item.obs_span_id);
  if (read.refusal !== undefined) return read.refusal;
  const snapshot = definedOf<SpanSnapshot>({
    phase: endTime === undefined ? "started" : "ended",
    revision: marker?.revision ?? (endTime === undefined ? 0 : 1),
    traceId,
    id,
    parentId,
    taskId: marker?.taskId ?? groupId,
    name: marker === undefined ? name.replaceAll("\0", "\ufffd") : name,
    type,
    startTime,
    endTime,
    status,
    error: readError(metadata, marker),
    input: unwrapPayload("input", payloads.input, marker),
    output: unwrapPayload("output", payloads.output, marker),
    data: marker === undefined ? foreignData(item, payloads) : unpackData(metadata, marker),
    service: unpackService(metadata, marker),
    obs,
  });
  return { ok: true, snapshot };
}

function needsWrapping(payload: unknown): boolean {
  return payload !== undefined && !isJsonObject(payload);
}

function wrapPayload(payload: unknown): object {
  return isJsonObject(payload) ? payload : { value: payload };
}

/** What came in with a third party's item goes out with it again; the platform sees it where it belongs. */
function sgpFields(
  data: NonNullable<SpanSnapshot["data"]>,
): Pick<SgpItem, "expected" | "application_interaction_id" | "application_variant_id"> {
  const kept = Object.hasOwn(data, SGP_FIELDS_KEY) ? data[SGP_FIELDS_KEY] : undefined;
  if (!isJsonObject(kept)) return {};
  const expected = Object.hasOwn(kept, "expected") ? kept.expected : undefined;
  return definedOf({
    expected: isJsonObject(expected) ? expected : undefined,
    application_interaction_id: textOf(kept, "application_interaction_id"),
    application_variant_id: textOf(kept, "application_variant_id"),
  });
}

function foreignData(
  item: Readonly<Record<string, unknown>>,
  payloads: Partial<Record<ObjectField, Readonly<Record<string, unknown>>>>,
): Record<string, unknown> | undefined {
  const fields = definedOf<Record<string, unknown>>({
    expected: payloads.expected,
    application_interaction_id: textOf(item, "application_interaction_id"),
    application_variant_id: textOf(item, "application_variant_id"),
  });
  const additions = definedOf<Record<string, unknown>>({
    [SGP_FIELDS_KEY]: Object.keys(fields).length > 0 ? fields : undefined,
    [OBS_TRACE_ID_KEY]: item.obs_span_id ? undefined : textOf(item, "obs_trace_id"),
  });
  if (Object.keys(additions).length === 0) return payloads.metadata;
  return { ...payloads.metadata, ...additions };
}

type ObjectField = PayloadField | "metadata" | "expected";

/** Payloads are objects or absent. In a third party's, NUL is U+FFFD as the platform stores it; in ours nothing changes. */
function readPayloads(
  read: FieldReader,
  item: Readonly<Record<string, unknown>>,
): Partial<Record<ObjectField, Readonly<Record<string, unknown>>>> {
  const payloads: Partial<Record<ObjectField, Readonly<Record<string, unknown>>>> = {};
  const isOurs = isJsonObject(item.metadata) && readMarker(item.metadata) !== undefined;
  for (const field of ["input", "output", "metadata", "expected"] as const) {
    const payload = item[field];
    if (payload === undefined || payload === null) continue;
    if (!isJsonObject(payload)) {
      read.fail(422, `${field} must be an object, got ${kindOf(payload)}`);
      continue;
    }
    const findings = inspectPayload(payload);
    if (findings.tooDeep) read.fail(422, `${field} is ${TOO_DEEP}`);
    else payloads[field] = findings.hasNul && !isOurs ? (replaceNul(payload) as Record<string, unknown>) : payload;
  }
  return payloads;
}

function readStatus(read: FieldReader, value: unknown, metadata: Readonly<Record<string, unknown>>): SpanStatus {
  if (value === undefined || value === null) return metadata[SGP_ERROR_KEY] === true ? "ERROR" : "OK";
  if (typeof value === "string" && Object.hasOwn(SPAN_STATUS, value)) return SPAN_STATUS[value as SgpStatus];
  read.fail(422, "status must be one of SUCCESS, ERROR, CANCELED");
  return "OK";
}

function readType(
  read: FieldReader,
  value: unknown,
  metadata: Readonly<Record<string, unknown>>,
  marker: SpanMarker | undefined,
): SpanType {
  if (isSpanType(value)) return value;
  if (value !== undefined && value !== null) read.fail(422, "type must be one of the platform's span types");
  const selected = marker === undefined ? textOf(metadata, SPAN_TYPE_KEY) : undefined;
  return isSpanType(selected) ? selected : DEFAULT_SPAN_TYPE;
}

function readError(metadata: Readonly<Record<string, unknown>>, marker: SpanMarker | undefined): SpanError | undefined {
  if (marker !== undefined && !marker.added.includes(SGP_ERROR_TYPE_KEY)) return undefined;
  const nested = marker === undefined && isJsonObject(metadata[ERROR_KEY]) ? metadata[ERROR_KEY] : {};
  const type = textOf(metadata, SGP_ERROR_TYPE_KEY) ?? textOf(nested, "type");
  const message = textOf(metadata, SGP_ERROR_MESSAGE_KEY) ?? textOf(nested, "message");
  if (type === undefined && message === undefined) return undefined;
  return definedOf<SpanError>({ type: type ?? "Error", message: message ?? "", stack: marker?.stack });
}

function readObs(read: FieldReader, traceId: unknown, spanId: unknown): SpanSnapshot["obs"] {
  const obsTraceId = read.optionalText("obs_trace_id", traceId);
  const obsSpanId = read.optionalText("obs_span_id", spanId);
  if (obsTraceId === undefined && obsSpanId === undefined) return undefined;
  const obs = { traceId: obsTraceId ?? "", spanId: obsSpanId ?? "0000000000000000" };
  if (!isObs(obs)) read.fail(422, "obs_trace_id and obs_span_id must be 32 and 16 lowercase hex digits");
  return obsSpanId === undefined ? undefined : obs;
}
