/** Agentex's spans API: one span a request; `PATCH` changes a span in place. */
import {
  applyAgentexPatch,
  fromAgentexPatch,
  fromAgentexSpan,
  type SpanSnapshot,
  toAgentexCreate,
} from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../../http/http-errors.ts";
import { json } from "../../http/http-result.ts";
import { choiceField, integerField } from "../../http/query-fields.ts";
import { jsonBody, type Route, route } from "../../http/route.ts";
import { type Ingest, refusalError } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { orderOf } from "../../ingest/write-order.ts";
import { AGENTEX_DEFAULT_PAGE_SPANS, AGENTEX_MAX_PAGE_SPANS } from "../../limits.ts";
import { SPAN_ORDER_KEYS, type SpanQuery, type TraceReader } from "../../store/trace-store.ts";
import { agentexPatchSchema, agentexSpanSchema } from "./agentex-schemas.ts";

/** Other names are passed over, as Agentex does. */
const listQuerySchema = z.object({
  trace_id: z.string({ error: "must be given once" }).optional(),
  task_id: z.string({ error: "must be given once" }).optional(),
  limit: integerField(1, AGENTEX_MAX_PAGE_SPANS).optional(),
  page_number: integerField(1, Number.MAX_SAFE_INTEGER).optional(),
  order_by: choiceField(SPAN_ORDER_KEYS).optional(),
  order_direction: choiceField(["asc", "desc"]).optional(),
});

/** Beyond those of every route that takes a body. */
const WRITE_ERRORS = ["INVALID_SPAN", "CONFLICT", "STORE_UNAVAILABLE"] as const;

export function agentexRoutes(receiver: BodyReceiver, ingest: Ingest, reader: TraceReader): Route[] {
  return [...writeRoutes(receiver, ingest), ...readRoutes(reader)];
}

function writeRoutes(receiver: BodyReceiver, ingest: Ingest): Route[] {
  return [
    route({
      method: "POST",
      path: "/spans",
      scope: "ingest",
      summary: "Agentex: stores one span.",
      body: jsonBody("The span.", agentexSpanSchema),
      response: jsonBody("The span as it was stored.", agentexSpanSchema),
      errors: WRITE_ERRORS,
      handler: async (request) => {
        const body = await receiver.receiveJson(request);
        const decoded = fromAgentexSpan(body);
        if (!decoded.ok) throw ingest.refuse(decoded, 1);
        const { snapshot } = decoded;
        await ingest.write(request.project, [snapshot], { order: orderOf([{ marked: dataOf(body), snapshot }]) });
        return json(toAgentexCreate(snapshot));
      },
    }),
    route({
      method: "PATCH",
      path: "/spans/{spanId}",
      scope: "ingest",
      summary: "Agentex: changes a span; data is merged, null leaves a field.",
      body: jsonBody("The fields to change.", agentexPatchSchema),
      response: jsonBody("The span as it then stands.", agentexSpanSchema),
      errors: WRITE_ERRORS,
      handler: async (request) => {
        const { project, parameters } = request;
        const body = await receiver.receiveJson(request);
        const stored = await ingest.patch(project, parameters.spanId, (current) => patched(current, body));
        if (stored !== undefined) return json(toAgentexCreate(stored));
        const decoded = fromAgentexPatch(parameters.spanId, body);
        if (!decoded.ok) throw ingest.refuse(decoded, 1);
        await ingest.write(project, [decoded.snapshot]);
        return json(toAgentexCreate(decoded.snapshot));
      },
    }),
  ];
}

function readRoutes(reader: TraceReader): Route[] {
  return [
    route({
      method: "GET",
      path: "/spans/{spanId}",
      scope: "read",
      summary: "Agentex: one span.",
      response: jsonBody("The span.", agentexSpanSchema),
      errors: ["UNKNOWN_SPAN"],
      handler: async ({ project, parameters }) => {
        const span = await reader.findSpan(project, parameters.spanId);
        if (span === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span has this id");
        return json(toAgentexCreate(span));
      },
    }),
    route({
      method: "GET",
      path: "/spans",
      scope: "read",
      summary: "Agentex: the spans of a trace_id or task_id, in pages.",
      query: listQuerySchema,
      queryErrorStatus: 422,
      response: jsonBody("The spans of the page.", z.array(agentexSpanSchema)),
      handler: async ({ project, query }) => {
        const spans = await reader.listSpans(project, toSpanQuery(query));
        return json(spans.map(toAgentexCreate));
      },
    }),
  ];
}

function patched(current: SpanSnapshot, body: unknown): SpanSnapshot {
  const decoded = applyAgentexPatch(current, body);
  if (!decoded.ok) throw refusalError(decoded);
  if (decoded.snapshot.traceId === current.traceId) return decoded.snapshot;
  throw new HttpError(422, "INVALID_SPAN", "trace_id can't be changed");
}

/** @throws HttpError 422 when neither a trace nor a task is named: the collector has no index for anything else */
function toSpanQuery(query: z.output<typeof listQuerySchema>): SpanQuery {
  const { trace_id: traceId, task_id: taskId, limit = AGENTEX_DEFAULT_PAGE_SPANS, page_number: page = 1 } = query;
  if (traceId === undefined && taskId === undefined) {
    throw new HttpError(422, "BAD_QUERY", "trace_id or task_id is required");
  }
  return {
    ...(traceId !== undefined && { traceId }),
    ...(taskId !== undefined && { taskId }),
    limit,
    offset: Math.min((page - 1) * limit, Number.MAX_SAFE_INTEGER),
    orderBy: query.order_by ?? "start_time",
    descending: query.order_direction !== "asc",
  };
}

function dataOf(body: unknown): unknown {
  return typeof body === "object" && body !== null && "data" in body ? body.data : undefined;
}
