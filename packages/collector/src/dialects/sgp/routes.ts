/**
 * The spans API of Scale GenAI Platform. `PUT` upserts and may be repeated; `POST` inserts and answers 409 for an id
 * that exists, as the platform's own store does; a batch is taken whole or not at all.
 */
import { fromSgpItem, type SpanSnapshot, type StoredSpan, sgpBatchSteps, toSgpItem } from "@everspan/protocol";
import { HttpError } from "../../http/http-errors.ts";
import { json } from "../../http/http-result.ts";
import { jsonBody, type Route, type RouteRequest, route } from "../../http/route.ts";
import { type Ingest, refusalError } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { type Decoded, orderOf } from "../../ingest/write-order.ts";
import type { TraceReader, WriteOptions } from "../../store/trace-store.ts";
import { inTurns, nextTurn } from "../../turns.ts";
import { sgpBatchSchema, sgpItemSchema, sgpListSchema, sgpPatchSchema } from "./sgp-schemas.ts";
import { readSgpSearch, sgpSearchPageSchema, sgpSearchSchema } from "./sgp-search.ts";

/** Beyond those of every route that takes a body. */
const WRITE_ERRORS = ["INVALID_SPAN", "CONFLICT", "TOO_MANY_SPANS", "STORE_UNAVAILABLE"] as const;

/** What `PATCH` may change; other fields of its body are ignored, as the platform does. */
const PATCHABLE_FIELDS = ["name", "end_timestamp", "output", "metadata", "status"];

export function sgpRoutes(receiver: BodyReceiver, ingest: Ingest, reader: TraceReader): Route[] {
  return [...batchRoutes(receiver, ingest), ...spanRoutes(receiver, ingest, reader), searchRoute(receiver, reader)];
}

function batchRoutes(receiver: BodyReceiver, ingest: Ingest): Route[] {
  const takeBatch = async (request: RouteRequest, mode: WriteOptions["mode"]) => {
    const body = await receiver.receiveJson(request);
    const decoded = await inTurns(sgpBatchSteps(body));
    if (!decoded.ok) throw ingest.refuse(decoded, itemsOf(body).length);
    const order = orderOf(itemsOf(body).map((item, index) => decodedOf(item, decoded.snapshots[index]!)));
    await ingest.write(request.project, decoded.snapshots, { mode: mode ?? "merge", order });
    await nextTurn();
    return json({ object: "list", items: prefersMinimal(request) ? [] : decoded.snapshots.map(receiptOf) });
  };
  return [
    route({
      method: "PUT",
      path: "/v5/spans/batch",
      scope: "ingest",
      summary: "SGP: upserts up to 1000 spans.",
      body: jsonBody("The spans.", sgpBatchSchema),
      response: jsonBody("What was stored, without payloads; nothing with Prefer: return=minimal.", sgpListSchema),
      errors: WRITE_ERRORS,
      handler: (request) => takeBatch(request, "merge"),
    }),
    route({
      method: "POST",
      path: "/v5/spans/batch",
      scope: "ingest",
      summary: "SGP: inserts up to 1000 spans; 409 when one exists.",
      body: jsonBody("The spans.", sgpBatchSchema),
      response: jsonBody("What was stored, without payloads; nothing with Prefer: return=minimal.", sgpListSchema),
      errors: [...WRITE_ERRORS, "SPAN_EXISTS"],
      handler: (request) => takeBatch(request, "insert"),
    }),
  ];
}

function spanRoutes(receiver: BodyReceiver, ingest: Ingest, reader: TraceReader): Route[] {
  return [
    route({
      method: "POST",
      path: "/v5/spans",
      scope: "ingest",
      summary: "SGP: inserts one span; 409 when it exists.",
      body: jsonBody("The span.", sgpItemSchema),
      response: jsonBody("The span as it was stored.", sgpItemSchema),
      errors: [...WRITE_ERRORS, "SPAN_EXISTS"],
      handler: async (request) => {
        const decoded = fromSgpItem(await receiver.receiveJson(request));
        if (!decoded.ok) throw ingest.refuse(decoded, 1);
        await ingest.write(request.project, [decoded.snapshot], { mode: "insert" });
        return json(toSgpItem(decoded.snapshot));
      },
    }),
    route({
      method: "GET",
      path: "/v5/spans/{spanId}",
      scope: "read",
      summary: "SGP: one span.",
      response: jsonBody("The span.", sgpItemSchema),
      errors: ["UNKNOWN_SPAN"],
      handler: async ({ project, parameters }) => {
        const span = await reader.findSpan(project, parameters.spanId);
        if (span === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span has this id");
        return json(sgpSpan(span));
      },
    }),
    route({
      method: "PATCH",
      path: "/v5/spans/{spanId}",
      scope: "ingest",
      summary: "SGP: changes name, end, output, metadata or status of a span.",
      body: jsonBody("The fields to change; null leaves one as it is.", sgpPatchSchema),
      response: jsonBody("The span as it then stands.", sgpItemSchema),
      errors: WRITE_ERRORS,
      handler: async (request) => {
        const body = await receiver.receiveJson(request);
        const change = (current: SpanSnapshot) => patched(current, body);
        const span = await ingest.patch(request.project, request.parameters.spanId, change);
        if (span === undefined) throw ingest.refuse({ ok: false, status: 404, message: "no span has this id" }, 1);
        return json(sgpSpan(span));
      },
    }),
  ];
}

function searchRoute(receiver: BodyReceiver, reader: TraceReader): Route {
  return route({
    method: "POST",
    path: "/v5/spans/search",
    scope: "read",
    summary: "SGP: the spans of traces, groups or ids that fit, in keyset pages.",
    query: sgpSearchPageSchema,
    queryErrorStatus: 422,
    body: jsonBody("The filters; every one that is given must fit.", sgpSearchSchema),
    response: jsonBody("One page.", sgpListSchema),
    errors: ["BAD_SEARCH"],
    handler: async (request) => {
      const search = readSgpSearch(await receiver.receiveJson(request), request.query);
      const { spans, hasMore } = await reader.searchSpans(request.project, search);
      return json({
        object: "list",
        items: spans.map(sgpSpan),
        has_more: hasMore,
        limit: search.limit,
        total: null,
      });
    },
  });
}

function patched(current: SpanSnapshot, body: unknown): SpanSnapshot {
  const changes = Object.entries(isObject(body) ? body : {}).filter(
    ([field, value]) => PATCHABLE_FIELDS.includes(field) && value !== null,
  );
  const decoded = fromSgpItem({ ...toSgpItem(current), ...Object.fromEntries(changes) });
  if (!decoded.ok) throw refusalError(decoded);
  return { ...decoded.snapshot, revision: current.revision + 1 };
}

/** A sender that reads no more of the answer than its status asks for `Prefer: return=minimal`. */
function prefersMinimal(request: RouteRequest): boolean {
  return request.raw.headers.prefer?.toString().includes("return=minimal") ?? false;
}

/** A stored item without its payloads: the sender has those. */
function receiptOf(snapshot: SpanSnapshot): Record<string, unknown> {
  const { input, output, metadata, ...item } = toSgpItem(snapshot);
  return item;
}

function sgpSpan(span: StoredSpan): Record<string, unknown> {
  return { ...toSgpItem(span), input_tokens: span.inputTokens, output_tokens: span.outputTokens };
}

function decodedOf(item: unknown, snapshot: SpanSnapshot): Decoded {
  return { marked: isObject(item) ? item.metadata : undefined, snapshot };
}

function itemsOf(body: unknown): readonly unknown[] {
  const items = isObject(body) ? body.items : undefined;
  return Array.isArray(items) ? items : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
