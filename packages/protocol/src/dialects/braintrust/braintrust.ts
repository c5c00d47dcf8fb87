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

/** Braintrust's rows: `POST /logs3` with `{rows}`. A row is a span or, with `_is_merge`, what is added to one. */
export function fromBraintrustRows(body: unknown, receivedAt: string): DecodedPieces {
  if (!isJsonObject(body)) return refuse(400, `a request must be an object, got ${kindOf(body)}`);
  if (!Array.isArray(body.rows)) return refuse(400, `rows must be an array, got ${kindOf(body.rows)}`);
  const pieces: SpanPiece[] = [];
  const rejected: RejectedItem[] = [];
  for (const row of body.rows) {
    const piece = isJsonObject(row)
      ? fromRow(row, receivedAt)
      : { reason: `a row must be an object, got ${kindOf(row)}` };
    if ("reason" in piece) rejected.push({ id: optionalText(recordOf(row).id) ?? "", reason: piece.reason });
    else pieces.push(piece);
  }
  return { ok: true, pieces, rejected };
}

function fromRow(row: JsonRecord, receivedAt: string): SpanPiece | { reason: string } {
  const id = pieceId("span_id", row.span_id ?? row.id);
  if ("reason" in id) return id;
  const { start, end, caller_filename, caller_functionname, caller_lineno, ...metrics } = recordOf(row.metrics);
  const attributes = recordOf(row.span_attributes);
  const { model, session_id, user_id, ...metadata } = recordOf(row.metadata);
  const startTime = instantOf(start);
  const endTime = instantOf(end);
  const error = errorOf(row.error);
  const parents = Array.isArray(row.span_parents) ? row.span_parents : [];
  return {
    traceId: optionalId(row.root_span_id) ?? id.id,
    id: id.id,
    guessedStart: startTime ?? instantOf(row.created) ?? receivedAt,
    stamp: row._is_merge === true ? (endTime === undefined ? 2 : 3) : 1,
    stated: {
      parentId: optionalId(parents[0]),
      taskId: optionalText(session_id),
      name: optionalText(attributes.name),
      type: attributes.type === undefined ? undefined : (TYPES.get(attributes.type) ?? "STANDALONE"),
      startTime,
      endTime,
      status: error === undefined ? undefined : "ERROR",
      error,
      input: payloadOf(row.input),
      output: payloadOf(row.output),
    },
    data: dataOf({
      model,
      usage: Object.keys(metrics).length > 0 ? metrics : undefined,
      "user.id": user_id,
      metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
      tags: row.tags,
      scores: row.scores,
      expected: row.expected,
      caller: caller_functionname === undefined ? undefined : { caller_functionname, caller_filename, caller_lineno },
      "braintrust.project": row.project_id,
      "braintrust.row": row.id === id.id ? undefined : row.id,
    }),
  };
}

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["llm", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["function", "CODE_EXECUTION"],
  ["task", "AGENT_WORKFLOW"],
  ["score", "EVALUATION"],
  ["eval", "EVALUATION"],
]);
