import {
  type DecodedPieces,
  dataOf,
  errorOf,
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
 * Traces of OpenAI's Agents SDK: `POST /v1/traces/ingest` with `{data: [trace, span, …]}`. A trace is the root span, with
 * the trace's own id; it has no times, so it lasts from its first span to the end of its last.
 */
export function fromOpenAiTraces(body: unknown, receivedAt: string): DecodedPieces {
  if (!isJsonObject(body)) return refuse(400, `a request must be an object, got ${kindOf(body)}`);
  if (!Array.isArray(body.data)) return refuse(400, `data must be an array, got ${kindOf(body.data)}`);
  const pieces: SpanPiece[] = [];
  const rejected: RejectedItem[] = [];
  const firstStart = body.data.map((item) => instantOf(recordOf(item).started_at)).filter((time) => time !== undefined);
  const guessedStart = firstStart.sort()[0] ?? receivedAt;
  for (const item of body.data) {
    const read = isJsonObject(item)
      ? fromItem(item, guessedStart)
      : { reason: `an item must be an object, got ${kindOf(item)}` };
    if ("reason" in read) rejected.push({ id: optionalText(recordOf(item).id) ?? "", reason: read.reason });
    else pieces.push(...read);
  }
  return { ok: true, pieces, rejected };
}

function fromItem(item: JsonRecord, guessedStart: string): SpanPiece[] | { reason: string } {
  const id = pieceId("id", item.id);
  if ("reason" in id) return id;
  if (item.object === "trace") return [traceOf(item, id.id, guessedStart)];
  if (item.object === "trace.span") return spanOf(item, id.id, guessedStart);
  return { reason: `object must be trace or trace.span, got ${kindOf(item.object)}` };
}

function traceOf(item: JsonRecord, id: string, guessedStart: string): SpanPiece {
  return {
    traceId: id,
    id,
    guessedStart,
    stamp: 1,
    stated: {
      name: optionalText(item.workflow_name),
      type: "AGENT_WORKFLOW",
      taskId: optionalText(item.group_id),
      endTime: guessedStart,
    },
    data: dataOf({ metadata: item.metadata }),
  };
}

function spanOf(item: JsonRecord, id: string, guessedStart: string): SpanPiece[] | { reason: string } {
  const trace = pieceId("trace_id", item.trace_id);
  if ("reason" in trace) return trace;
  const startTime = instantOf(item.started_at);
  const endTime = instantOf(item.ended_at);
  const { type, name, input, output, ...details } = recordOf(item.span_data);
  const error = errorOf(item.error);
  const piece: SpanPiece = {
    traceId: trace.id,
    id,
    guessedStart: startTime ?? guessedStart,
    stamp: endTime === undefined ? 1 : 2,
    stated: {
      parentId: optionalId(item.parent_id) ?? trace.id,
      name: optionalText(name) ?? nameOf(type, details),
      type: TYPES.get(type) ?? "STANDALONE",
      startTime,
      endTime,
      status: error === undefined ? "OK" : "ERROR",
      error,
      input: payloadOf(input ?? details._input),
      output: payloadOf(output ?? details.response ?? details._response ?? details.result),
    },
    data: dataOf({ ...withoutPayloads(details), "openai.span_type": type }),
  };
  if (endTime === undefined) return [piece];
  return [
    piece,
    {
      traceId: trace.id,
      id: trace.id,
      guessedStart: startTime ?? endTime,
      stamp: parseTimestamp(endTime) ?? 1,
      stated: { endTime },
    },
  ];
}

function withoutPayloads({ _input, _response, response, result, ...rest }: JsonRecord): JsonRecord {
  return rest;
}

function nameOf(type: unknown, { model, from_agent: from, to_agent: to, server }: JsonRecord): string {
  if (type === "handoff")
    return `handoff to ${optionalText(to) ?? "?"}${from === undefined ? "" : ` from ${String(from)}`}`;
  const what = optionalText(type) ?? "span";
  const about = optionalText(model) ?? optionalText(server);
  return about === undefined ? what : `${what} ${about}`;
}

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["agent", "AGENT_WORKFLOW"],
  ["generation", "COMPLETION"],
  ["response", "COMPLETION"],
  ["function", "CODE_EXECUTION"],
  ["mcp_tools", "CODE_EXECUTION"],
  ["guardrail", "GUARDRAIL"],
  ["custom", "CUSTOM"],
]);
