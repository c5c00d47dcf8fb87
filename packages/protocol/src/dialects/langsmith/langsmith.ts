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

/** LangSmith's runs: `POST /runs/batch` with `{post, patch}`, and single runs. A run is created, then patched. */

/** What a patch says is newer than what its post said; the patch that ends a run is the newest. */
const STAMPS = { post: 1, patch: 2, end: 3 } as const;

export function fromLangSmithBatch(body: unknown, receivedAt: string): DecodedPieces {
  if (!isJsonObject(body)) return refuse(422, `a batch must be an object, got ${kindOf(body)}`);
  const pieces: SpanPiece[] = [];
  const rejected: RejectedItem[] = [];
  for (const operation of ["post", "patch"] as const) {
    const runs = body[operation] ?? [];
    if (!Array.isArray(runs)) return refuse(422, `${operation} must be an array, got ${kindOf(runs)}`);
    for (const run of runs) {
      const piece = fromLangSmithRun(run, operation, receivedAt);
      if ("reason" in piece) rejected.push(piece);
      else pieces.push(piece);
    }
  }
  return { ok: true, pieces, rejected };
}

export function fromLangSmithRun(
  run: unknown,
  operation: "post" | "patch",
  receivedAt: string,
): SpanPiece | RejectedItem {
  if (!isJsonObject(run)) return { id: "", reason: `a run must be an object, got ${kindOf(run)}` };
  const id = pieceId("id", run.id);
  if ("reason" in id) return { id: "", reason: id.reason };
  const parentId = optionalId(run.parent_run_id);
  const order = orderOf(run.dotted_order);
  // A run without a trace of its own is the root, whose trace has its id.
  const traceId = optionalId(run.trace_id) ?? order?.traceId ?? id.id;
  const endTime = instantOf(run.end_time);
  const type = typeOf(run.run_type);
  const { taskId, data } = dataOfRun(run);
  const error = errorOf(run.error);
  return {
    traceId,
    id: id.id,
    guessedStart: order?.startTime ?? receivedAt,
    stamp: operation === "post" ? STAMPS.post : endTime === undefined ? STAMPS.patch : STAMPS.end,
    stated: {
      parentId: parentId ?? order?.parentId,
      taskId,
      name: optionalText(run.name),
      type,
      startTime: instantOf(run.start_time),
      endTime,
      status: error === undefined ? (endTime === undefined ? undefined : "OK") : "ERROR",
      error,
      input: payloadOf(run.inputs),
      output: payloadOf(run.outputs),
    },
    data,
  };
}

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["llm", "COMPLETION"],
  ["embedding", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["retriever", "KB_RETRIEVAL"],
  ["prompt", "PROMPT_ENGINEERING"],
  ["chain", "STANDALONE"],
  ["parser", "DATA_MANIPULATION"],
]);

function typeOf(runType: unknown): SpanType | undefined {
  return runType === undefined || runType === null ? undefined : (TYPES.get(runType) ?? "STANDALONE");
}

/**
 * The rest under names that a reader knows. What LangSmith calls a session is a project; the conversation stands in the
 * metadata.
 */
function dataOfRun(run: JsonRecord): { taskId: string | undefined; data: Record<string, unknown> } {
  const extra = recordOf(run.extra);
  const { metadata, invocation_params: parameters, ...others } = extra;
  const { session_id, thread_id, conversation_id, user_id, ls_model_name: model, ...rest } = recordOf(metadata);
  const { usage_metadata: usage } = recordOf(run.outputs);
  return {
    taskId: optionalText(session_id) ?? optionalText(thread_id) ?? optionalText(conversation_id),
    data: dataOf({
      model,
      usage: isJsonObject(usage) ? usage : undefined,
      parameters,
      "user.id": user_id,
      tags: Array.isArray(run.tags) && run.tags.length > 0 ? run.tags : undefined,
      metadata: Object.keys(rest).length > 0 ? rest : undefined,
      events: Array.isArray(run.events) && run.events.length > 0 ? run.events : undefined,
      extra: Object.keys(others).length > 0 ? others : undefined,
      serialized: run.serialized,
      "langsmith.project": run.session_name,
      "langsmith.span.kind": run.run_type,
      "langsmith.reference_example_id": run.reference_example_id,
      attachments: run.attachments,
    }),
  };
}

/** `20260131T120000123456Z<id>.<the same of the child>…`: the root's id, the parent's, and the run's own start. */
function orderOf(value: unknown): { traceId?: string; parentId?: string; startTime?: string } | undefined {
  if (typeof value !== "string") return undefined;
  const parts = value.split(".").map((part) => /^(\d{8})T(\d{6})(\d{6})Z(.+)$/.exec(part));
  const last = parts.at(-1);
  const root = parts[0];
  if (last === null || last === undefined || root === null || root === undefined) return undefined;
  const [, day = "", time = "", micros = ""] = last;
  const startTime = instantOf(
    `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}.${micros}Z`,
  );
  const parentId = optionalId(parts.at(-2)?.[4]);
  const traceId = optionalId(root[4]);
  return {
    ...(traceId !== undefined && { traceId }),
    ...(parentId !== undefined && { parentId }),
    ...(startTime !== undefined && { startTime }),
  };
}
