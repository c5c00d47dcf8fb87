import { ERROR_KEY, SPAN_TYPE_KEY } from "../../attribute-names.ts";
import type { DecodedSpan } from "../../decoding/decoded-span.ts";
import { FieldReader } from "../../decoding/field-checks.ts";
import {
  definedOf,
  packMetadata,
  readMarker,
  type SpanMarker,
  textOf,
  unpackData,
  unpackService,
  unwrapPayload,
} from "../../decoding/marker.ts";
import { kindOf, refuse } from "../../decoding/refusal.ts";
import { newSpanId } from "../../ids.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import type { SpanError, SpanSnapshot, SpanStatus } from "../../span-snapshot.ts";
import { DEFAULT_SPAN_TYPE, isSpanType, type SpanType } from "../../span-type.ts";

/**
 * Agentex's spans API, both ways. A span there has no type, status or error of its own: they live in `data` under
 * reserved keys. Payloads are objects, lists of objects, or absent.
 */

export interface AgentexSpan {
  readonly id: string;
  readonly trace_id: string;
  readonly task_id?: string;
  readonly parent_id?: string;
  readonly name: string;
  readonly start_time: string;
  readonly end_time?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The body of `PATCH /spans/{id}`. */
export type AgentexPatch = Omit<AgentexSpan, "id">;

/** The body of `POST /spans`. Payloads are passed by reference. */
export function toAgentexCreate(snapshot: SpanSnapshot): AgentexSpan {
  const { status, error, obs } = snapshot;
  const wrapped = (["input", "output"] as const).filter((field) => needsWrapping(snapshot[field]));
  const dialectKeys = definedOf<Record<string, unknown>>({
    [SPAN_TYPE_KEY]: snapshot.type,
    [ERROR_KEY]: error !== undefined ? { type: error.type, message: error.message } : undefined,
  });
  return definedOf<AgentexSpan>({
    id: snapshot.id,
    trace_id: snapshot.traceId,
    task_id: snapshot.taskId,
    parent_id: snapshot.parentId,
    name: snapshot.name,
    start_time: snapshot.startTime,
    end_time: snapshot.endTime,
    input: wrapPayload(snapshot.input),
    output: wrapPayload(snapshot.output),
    data: packMetadata(snapshot, dialectKeys, {
      ...(wrapped.length > 0 && { wrapped }),
      ...(obs !== undefined && { obs }),
      status,
    }),
  });
}

/**
 * The body of `PATCH /spans/{id}`: everything but the id, since an ended snapshot stands alone and its start may
 * never have arrived.
 */
export function toAgentexPatch(snapshot: SpanSnapshot): AgentexPatch {
  const { id: _inThePath, ...patch } = toAgentexCreate(snapshot);
  return patch;
}

/** The snapshot that the body of `POST /spans` says, or why it is refused. A span of ours gives back exactly its snapshot. */
export function fromAgentexSpan(body: unknown): DecodedSpan {
  if (!isJsonObject(body)) return refuse(422, `a span must be an object, got ${kindOf(body)}`);
  const read = new FieldReader();
  const startTime = read.requiredTime("start_time", body.start_time);
  const endTime = read.optionalTime("end_time", body.end_time);
  const data = readData(read, body.data);
  const marker = readMarker(data ?? {});
  const error = readError(data ?? {}, marker);
  const snapshot = definedOf<SpanSnapshot>({
    phase: endTime === undefined ? "started" : "ended",
    revision: marker?.revision ?? (endTime === undefined ? 0 : 1),
    traceId: read.requiredId("trace_id", body.trace_id),
    id: read.optionalId("id", body.id) ?? newSpanId(),
    parentId: read.optionalId("parent_id", body.parent_id),
    taskId: read.optionalText("task_id", body.task_id),
    name: read.requiredText("name", body.name),
    type: readType(data ?? {}),
    startTime,
    endTime,
    status: marker?.status ?? statusOf(error),
    error,
    input: unwrapPayload("input", readPayload(read, "input", body.input), marker),
    output: unwrapPayload("output", readPayload(read, "output", body.output), marker),
    data: marker === undefined ? data : unpackData(data ?? {}, marker),
    service: unpackService(data ?? {}, marker),
    obs: marker?.obs,
  });
  read.inOrder("start_time", startTime, "end_time", endTime);
  return read.refusal ?? { ok: true, snapshot };
}

/**
 * The span after `PATCH /spans/{id}`: null leaves a field, `data` is merged shallowly, the rest is replaced. The
 * result is one revision further. A patch of ours says the whole span: then it is taken as the snapshot it is, and
 * the merge rule decides between the two.
 */
export function applyAgentexPatch(stored: SpanSnapshot, patch: unknown): DecodedSpan {
  if (!isJsonObject(patch)) return refuse(422, `a patch must be an object, got ${kindOf(patch)}`);
  if (isSelfContained(patch)) return fromAgentexSpan({ ...patch, id: stored.id });
  const read = new FieldReader();
  const data = readData(read, patch.data);
  const startTime = read.optionalTime("start_time", patch.start_time) ?? stored.startTime;
  const endTime = read.optionalTime("end_time", patch.end_time) ?? stored.endTime;
  const traceId = read.optionalId("trace_id", patch.trace_id) ?? stored.traceId;
  const error = data === undefined ? undefined : readError(data, undefined);
  const type = data === undefined ? undefined : textOf(data, SPAN_TYPE_KEY);
  const changes = definedOf<Partial<SpanSnapshot>>({
    parentId: read.optionalId("parent_id", patch.parent_id),
    taskId: read.optionalText("task_id", patch.task_id),
    name: read.optionalText("name", patch.name),
    type: isSpanType(type) ? type : undefined,
    input: readPayload(read, "input", patch.input),
    output: readPayload(read, "output", patch.output),
    data: data === undefined ? undefined : { ...stored.data, ...data },
    status: error === undefined ? undefined : "ERROR",
    error,
    endTime,
  });
  if (traceId !== stored.traceId) read.fail(422, "trace_id can't be changed");
  read.inOrder("start_time", startTime, "end_time", endTime);
  if (read.refusal !== undefined) return read.refusal;
  const phase = endTime === undefined ? "started" : "ended";
  return { ok: true, snapshot: { ...stored, ...changes, startTime, phase, revision: stored.revision + 1 } };
}

/** A patch that alone is a span, so that it can be taken even when nothing is stored under its id. */
export function fromAgentexPatch(id: string, patch: unknown): DecodedSpan {
  if (!isJsonObject(patch) || !isSelfContained(patch)) return refuse(404, "no span has this id");
  return fromAgentexSpan({ ...patch, id });
}

function isSelfContained(patch: Readonly<Record<string, unknown>>): boolean {
  return isJsonObject(patch.data) && readMarker(patch.data) !== undefined;
}

function needsWrapping(payload: unknown): boolean {
  return payload !== undefined && !isAgentexPayload(payload);
}

function wrapPayload(payload: unknown): unknown {
  return needsWrapping(payload) ? { value: payload } : payload;
}

function isAgentexPayload(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isJsonObject) : isJsonObject(value);
}

function readPayload(read: FieldReader, name: string, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  read.shallowEnough(name, value);
  if (isAgentexPayload(value)) return value;
  return read.fail(422, `${name} must be an object or an array of objects`);
}

/** Agentex takes a list of objects as data too; it is kept under the name that wrapped values have. */
function readData(read: FieldReader, value: unknown): Record<string, unknown> | undefined {
  const data = readPayload(read, "data", value);
  if (Array.isArray(data)) return { value: data };
  return data as Record<string, unknown> | undefined;
}

function readError(data: Readonly<Record<string, unknown>>, marker: SpanMarker | undefined): SpanError | undefined {
  if (marker !== undefined && !marker.added.includes(ERROR_KEY)) return undefined;
  const error = Object.hasOwn(data, ERROR_KEY) ? data[ERROR_KEY] : undefined;
  if (!isJsonObject(error)) return undefined;
  return definedOf<SpanError>({
    type: textOf(error, "type") ?? "Error",
    message: textOf(error, "message") ?? "",
    stack: marker?.stack,
  });
}

function readType(data: Readonly<Record<string, unknown>>): SpanType {
  const type = textOf(data, SPAN_TYPE_KEY);
  return isSpanType(type) ? type : DEFAULT_SPAN_TYPE;
}

function statusOf(error: SpanError | undefined): SpanStatus {
  return error === undefined ? "OK" : "ERROR";
}
