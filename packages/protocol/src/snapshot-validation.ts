import type { DecodedSpan } from "./decoding/decoded-span.ts";
import { FieldReader } from "./decoding/field-checks.ts";
import { definedOf, isObs, isRevision } from "./decoding/marker.ts";
import { kindOf, refuse } from "./decoding/refusal.ts";
import { isJsonObject } from "./payload/json-object.ts";
import type { SpanError, SpanSnapshot } from "./span-snapshot.ts";
import { isSpanType } from "./span-type.ts";

/** Snapshots from outside: which are valid, and what is wrong with the others. */

const SERVICE_FIELDS = ["name", "version", "agentName", "agentId", "acpType"] as const;

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

/**
 * The snapshot that an untrusted value is, with its known fields only and its times in the one spelling, or a message
 * that names the first field that is wrong. Payloads are shared, not copied. Never throws.
 */
export function validateSnapshot(value: unknown): DecodedSpan {
  if (!isJsonObject(value)) return refuse(422, `a span must be an object, got ${kindOf(value)}`);
  const read = new FieldReader();
  const { phase, status, type, revision, input, output } = value;
  const startTime = read.requiredTime("startTime", value.startTime);
  const endTime = read.optionalTime("endTime", value.endTime);
  // Each batch of the native wire has hundreds: what is not there is not put in to be taken out again.
  const snapshot: Writable<SpanSnapshot> = {
    phase: phase === "ended" ? "ended" : "started",
    revision: isRevision(revision) ? revision : 0,
    traceId: read.requiredId("traceId", value.traceId),
    id: read.requiredId("id", value.id),
    name: "",
    type: isSpanType(type) ? type : "STANDALONE",
    startTime,
    status: status === "ERROR" || status === "CANCELED" ? status : "OK",
  };
  const parentId = read.optionalId("parentId", value.parentId);
  if (parentId !== undefined) snapshot.parentId = parentId;
  const taskId = read.optionalText("taskId", value.taskId);
  if (taskId !== undefined) snapshot.taskId = taskId;
  snapshot.name = read.requiredText("name", value.name);
  if (endTime !== undefined) snapshot.endTime = endTime;
  const error = readError(read, value.error);
  if (error !== undefined) snapshot.error = error;
  if (input !== undefined) snapshot.input = input;
  if (output !== undefined) snapshot.output = output;
  const data = readData(read, value.data);
  if (data !== undefined) snapshot.data = data;
  const service = readService(read, value.service);
  if (service !== undefined) snapshot.service = service;
  const obs = readObs(read, value.obs);
  if (obs !== undefined) snapshot.obs = obs;
  read.inOrder("startTime", startTime, "endTime", endTime);
  for (const field of ["input", "output", "data"] as const) read.shallowEnough(field, value[field]);
  if (phase !== snapshot.phase) read.fail(422, "phase must be started or ended");
  if ((phase === "ended") !== (endTime !== undefined))
    read.fail(422, "endTime must be there when the phase is ended, and only then");
  if (!isRevision(revision)) read.fail(422, "revision must be an integer from 0 to 2^52 - 1");
  if (type !== snapshot.type) read.fail(422, "type must be one of the span types");
  if (status !== snapshot.status) read.fail(422, "status must be one of OK, ERROR, CANCELED");
  return read.refusal ?? { ok: true, snapshot };
}

function readError(read: FieldReader, value: unknown): SpanError | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return read.fail(422, `error must be an object, got ${kindOf(value)}`);
  return definedOf<SpanError>({
    type: read.requiredText("error.type", value.type),
    message: read.requiredText("error.message", value.message),
    stack: read.optionalText("error.stack", value.stack),
  });
}

function readData(read: FieldReader, value: unknown): SpanSnapshot["data"] {
  if (value === undefined || value === null) return undefined;
  return isJsonObject(value) ? value : read.fail(422, `data must be an object, got ${kindOf(value)}`);
}

function readService(read: FieldReader, value: unknown): SpanSnapshot["service"] {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return read.fail(422, `service must be an object, got ${kindOf(value)}`);
  return Object.fromEntries(
    SERVICE_FIELDS.map((field) => [field, read.optionalText(`service.${field}`, value[field])]).filter(
      ([, text]) => text !== undefined,
    ),
  ) as SpanSnapshot["service"];
}

function readObs(read: FieldReader, value: unknown): SpanSnapshot["obs"] {
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value) && isObs(value)) return { traceId: String(value.traceId), spanId: String(value.spanId) };
  return read.fail(422, "obs must hold a traceId of 32 and a spanId of 16 lowercase hex digits");
}
