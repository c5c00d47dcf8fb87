/** Agentex's spans API: one span a request; `PATCH` changes a span in place. */
import {
  applyAgentexPatch,
  fromAgentexPatch,
  fromAgentexSpan,
  type SpanSnapshot,
  toAgentexCreate,
} from "@everspan/protocol";
import { HttpError, json } from "../../http/answer.ts";
import type { Route, RouteRequest } from "../../http/router.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { orderOf } from "../../ingest/write-order.ts";
import { AGENTEX_DEFAULT_PAGE_SPANS, AGENTEX_MAX_PAGE_SPANS } from "../../limits.ts";
import { DEFAULT_PROJECT } from "../../project.ts";
import { SPAN_ORDER_KEYS, type SpanQuery, type TraceReader } from "../../store/trace-store.ts";

export function agentexRoutes(receiver: BodyReceiver, ingest: Ingest, reader: TraceReader): Route[] {
  const create = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const decoded = fromAgentexSpan(body);
    if (!decoded.ok) throw ingest.refuse(decoded, 1);
    const { snapshot } = decoded;
    await ingest.write(DEFAULT_PROJECT, [snapshot], { order: orderOf([{ marked: dataOf(body), snapshot }]) });
    return json(toAgentexCreate(snapshot));
  };
  const patch = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const id = request.parameters.spanId!;
    const stored = await ingest.patch(DEFAULT_PROJECT, id, (current) => patched(current, body));
    if (stored !== undefined) return json(toAgentexCreate(stored));
    const decoded = fromAgentexPatch(id, body);
    if (!decoded.ok) throw ingest.refuse(decoded, 1);
    await ingest.write(DEFAULT_PROJECT, [decoded.snapshot]);
    return json(toAgentexCreate(decoded.snapshot));
  };
  const get = async (request: RouteRequest) => {
    const span = await reader.findSpan(DEFAULT_PROJECT, request.parameters.spanId!);
    if (span === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span has this id");
    return json(toAgentexCreate(span));
  };
  const list = async (request: RouteRequest) => {
    const spans = await reader.listSpans(DEFAULT_PROJECT, readQuery(request.query));
    return json(spans.map(toAgentexCreate));
  };
  return [
    { method: "POST", pattern: "/spans", scope: "ingest", summary: "Agentex: stores one span.", handler: create },
    {
      method: "PATCH",
      pattern: "/spans/:spanId",
      scope: "ingest",
      summary: "Agentex: changes a span; data is merged, null leaves a field.",
      handler: patch,
    },
    { method: "GET", pattern: "/spans/:spanId", scope: "read", summary: "Agentex: one span.", handler: get },
    {
      method: "GET",
      pattern: "/spans",
      scope: "read",
      summary: "Agentex: the spans of a trace_id or task_id, in pages.",
      handler: list,
    },
  ];
}

function patched(current: SpanSnapshot, body: unknown): SpanSnapshot {
  const decoded = applyAgentexPatch(current, body);
  if (!decoded.ok) throw new HttpError(decoded.status, "INVALID_SPAN", decoded.message);
  if (decoded.snapshot.traceId === current.traceId) return decoded.snapshot;
  throw new HttpError(422, "INVALID_SPAN", "trace_id can't be changed");
}

function readQuery(query: URLSearchParams): SpanQuery {
  const traceId = query.get("trace_id");
  const taskId = query.get("task_id");
  if (!traceId && !taskId) throw badQuery("trace_id or task_id is required");
  const limit = readInteger(query, "limit", 1, AGENTEX_MAX_PAGE_SPANS, AGENTEX_DEFAULT_PAGE_SPANS);
  const page = readInteger(query, "page_number", 1, Number.MAX_SAFE_INTEGER, 1);
  return {
    ...(traceId && { traceId }),
    ...(taskId && { taskId }),
    limit,
    offset: Math.min((page - 1) * limit, Number.MAX_SAFE_INTEGER),
    orderBy: readChoice(query, "order_by", SPAN_ORDER_KEYS, "start_time"),
    descending: readChoice(query, "order_direction", ["asc", "desc"], "desc") === "desc",
  };
}

function readInteger(query: URLSearchParams, name: string, min: number, max: number, otherwise: number): number {
  const value = Number(query.get(name) ?? otherwise);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badQuery(`${name} must be a whole number from ${min} to ${max}`);
}

function readChoice<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
  otherwise: Choice,
): Choice {
  const given = query.get(name) ?? otherwise;
  const choice = choices.find((candidate) => candidate === given);
  if (choice === undefined) throw badQuery(`${name} must be one of ${choices.join(", ")}`);
  return choice;
}

function badQuery(message: string): HttpError {
  return new HttpError(422, "BAD_QUERY", message);
}

function dataOf(body: unknown): unknown {
  return typeof body === "object" && body !== null && "data" in body ? body.data : undefined;
}
