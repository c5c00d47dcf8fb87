import {
  type DecodedPieces,
  dataOf,
  instantOf,
  type JsonRecord,
  optionalId,
  optionalText,
  payloadOf,
  pieceId,
  type RejectedItem,
  recordOf,
} from "../../decoding/piece-fields.ts";
import { kindOf, refuse } from "../../decoding/refusal.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import type { SpanPiece } from "../../pieces.ts";
import type { SpanType } from "../../span-type.ts";
import { parseTimestamp } from "../../timestamp.ts";

/**
 * Langfuse's ingestion: `POST /api/public/ingestion` with events that create and update traces and observations. A trace
 * is the root span, with the trace's own id; observations without a parent are its children.
 */
export function fromLangfuseBatch(body: unknown, receivedAt: string): DecodedPieces {
  if (!isJsonObject(body)) return refuse(400, `a request must be an object, got ${kindOf(body)}`);
  if (!Array.isArray(body.batch)) return refuse(400, `batch must be an array, got ${kindOf(body.batch)}`);
  const pieces: SpanPiece[] = [];
  const rejected: RejectedItem[] = [];
  for (const event of body.batch) {
    const read = fromEvent(event, receivedAt);
    if ("reason" in read) rejected.push(read);
    else pieces.push(...read.pieces);
  }
  return { ok: true, pieces, rejected };
}

const OBSERVATION =
  /^(span|generation|event|agent|tool|chain|retriever|evaluator|embedding|guardrail|observation)-(create|update)$/;

function fromEvent(event: unknown, receivedAt: string): { pieces: SpanPiece[] } | RejectedItem {
  if (!isJsonObject(event)) return { id: "", reason: `an event must be an object, got ${kindOf(event)}` };
  const eventId = optionalText(event.id) ?? "";
  const { type } = event;
  const body = recordOf(event.body);
  const at = instantOf(event.timestamp) ?? receivedAt;
  // The later event is right about a field, whichever comes first.
  const stamp = parseTimestamp(at) ?? 1;
  if (type === "sdk-log") return { pieces: [] };
  const read =
    type === "trace-create"
      ? traceOf(body, at, stamp)
      : OBSERVATION.test(String(type))
        ? observationOf(body, String(type), at, stamp)
        : { reason: `events of the type ${JSON.stringify(String(type).slice(0, 40))} are not kept` };
  return "reason" in read ? { id: eventId, reason: read.reason } : { pieces: read };
}

function traceOf(body: JsonRecord, at: string, stamp: number): SpanPiece[] | { reason: string } {
  const id = pieceId("body.id", body.id);
  if ("reason" in id) return id;
  const startTime = instantOf(body.timestamp);
  return [
    {
      traceId: id.id,
      id: id.id,
      guessedStart: startTime ?? at,
      stamp,
      stated: {
        name: optionalText(body.name),
        taskId: optionalText(body.sessionId),
        startTime,
        // A trace has no end of its own: it lasts as long as its observations, and at least as long as it was written to.
        endTime: at,
        input: payloadOf(body.input),
        output: payloadOf(body.output),
      },
      data: dataOf({
        "langfuse.trace.name": body.name,
        "langfuse.trace.tags": body.tags,
        "langfuse.trace.public": body.public,
        "user.id": body.userId,
        "langfuse.release": body.release,
        "langfuse.version": body.version,
        "langfuse.environment": body.environment,
        metadata: body.metadata,
      }),
    },
  ];
}

function observationOf(body: JsonRecord, event: string, at: string, stamp: number): SpanPiece[] | { reason: string } {
  const id = pieceId("body.id", body.id);
  if ("reason" in id) return id;
  const traceId = optionalId(body.traceId) ?? id.id;
  const startTime = instantOf(body.startTime);
  const isCreated = event.endsWith("-create");
  const kind = (optionalText(body.type) ?? event.replace(/-(create|update)$/, "")).toLowerCase();
  const endTime = instantOf(body.endTime) ?? (kind === "event" && isCreated ? (startTime ?? at) : undefined);
  const level = optionalText(body.level);
  const isOwnTrace = traceId === id.id;
  const parentId = optionalId(body.parentObservationId) ?? (isCreated && !isOwnTrace ? traceId : undefined);
  const piece: SpanPiece = {
    traceId,
    id: id.id,
    guessedStart: startTime ?? at,
    stamp,
    stated: {
      parentId,
      name: optionalText(body.name),
      type: kind === "observation" ? undefined : (TYPES.get(kind) ?? "STANDALONE"),
      startTime,
      endTime,
      status: level === undefined ? undefined : level === "ERROR" ? "ERROR" : "OK",
      error: level === "ERROR" ? { type: "Error", message: optionalText(body.statusMessage) ?? "" } : undefined,
      input: payloadOf(body.input),
      output: payloadOf(body.output),
    },
    data: dataOf({
      "langfuse.observation.type": kind === "observation" ? undefined : kind,
      "langfuse.observation.level": level,
      "langfuse.observation.status_message": body.statusMessage,
      "langfuse.observation.model.name": body.model,
      "langfuse.observation.model.parameters": body.modelParameters,
      "langfuse.observation.usage_details": body.usageDetails ?? body.usage,
      "langfuse.observation.cost_details": body.costDetails,
      "langfuse.observation.completion_start_time": body.completionStartTime,
      "langfuse.observation.prompt.name": body.promptName,
      "langfuse.observation.prompt.version": body.promptVersion,
      "langfuse.environment": body.environment,
      "langfuse.version": body.version,
      metadata: body.metadata,
    }),
  };
  if (isOwnTrace || endTime === undefined) return [piece];
  // The root lasts until the last of its observations has ended.
  const endStamp = parseTimestamp(endTime) ?? 1;
  return [piece, { traceId, id: traceId, guessedStart: startTime ?? at, stamp: endStamp, stated: { endTime } }];
}

const TYPES: ReadonlyMap<string, SpanType> = new Map<string, SpanType>([
  ["generation", "COMPLETION"],
  ["embedding", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["agent", "AGENT_WORKFLOW"],
  ["retriever", "KB_RETRIEVAL"],
  ["evaluator", "EVALUATION"],
  ["guardrail", "GUARDRAIL"],
]);
