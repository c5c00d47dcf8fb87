/**
 * The spans API of Scale GenAI Platform. `PUT` upserts and may be repeated; `POST` inserts and answers 409 for an id
 * that exists, as the platform's own store does; a batch is taken whole or not at all.
 */
import { fromSgpBatch, fromSgpItem, type SpanSnapshot, type StoredSpan, toSgpItem } from "@everspan/protocol";
import { HttpError, json } from "../../http/answer.ts";
import type { Route, RouteRequest } from "../../http/router.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { type Decoded, orderOf } from "../../ingest/write-order.ts";
import { DEFAULT_PROJECT } from "../../project.ts";
import type { TraceReader, WriteOptions } from "../../store/trace-store.ts";
import { readSgpSearch } from "./sgp-search.ts";

/** What `PATCH` may change; other fields of its body are ignored, as the platform does. */
const PATCHABLE_FIELDS = ["name", "end_timestamp", "output", "metadata", "status"];

export function sgpRoutes(receiver: BodyReceiver, ingest: Ingest, reader: TraceReader): Route[] {
  const takeBatch = async (request: RouteRequest, mode: WriteOptions["mode"]) => {
    const body = await receiver.receiveJson(request);
    const decoded = fromSgpBatch(body);
    if (!decoded.ok) throw ingest.refuse(decoded, itemsOf(body).length);
    const order = orderOf(itemsOf(body).map((item, index) => decodedOf(item, decoded.snapshots[index]!)));
    await ingest.write(DEFAULT_PROJECT, decoded.snapshots, { mode: mode ?? "merge", order });
    return json({ object: "list", items: prefersMinimal(request) ? [] : decoded.snapshots.map(receiptOf) });
  };
  const takeOne = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const decoded = fromSgpItem(body);
    if (!decoded.ok) throw ingest.refuse(decoded, 1);
    await ingest.write(DEFAULT_PROJECT, [decoded.snapshot], { mode: "insert" });
    return json(toSgpItem(decoded.snapshot));
  };
  const patch = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const change = (current: SpanSnapshot) => patched(current, body);
    const span = await ingest.patch(DEFAULT_PROJECT, request.parameters.spanId!, change);
    if (span === undefined) throw ingest.refuse({ ok: false, status: 404, message: "no span has this id" }, 1);
    return json(sgpSpan(span));
  };
  const get = async (request: RouteRequest) => {
    const span = await reader.findSpan(DEFAULT_PROJECT, request.parameters.spanId!);
    if (span === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span has this id");
    return json(sgpSpan(span));
  };
  const search = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const { spans, hasMore } = await reader.searchSpans(DEFAULT_PROJECT, readSgpSearch(body, request.query));
    return json({ object: "list", items: spans.map(sgpSpan), has_more: hasMore });
  };
  return [
    {
      method: "PUT",
      pattern: "/v5/spans/batch",
      scope: "ingest",
      summary: "SGP: upserts up to 1000 spans.",
      handler: (request) => takeBatch(request, "merge"),
    },
    {
      method: "POST",
      pattern: "/v5/spans/batch",
      scope: "ingest",
      summary: "SGP: inserts up to 1000 spans; 409 when one exists.",
      handler: (request) => takeBatch(request, "insert"),
    },
    {
      method: "POST",
      pattern: "/v5/spans",
      scope: "ingest",
      summary: "SGP: inserts one span; 409 when it exists.",
      handler: takeOne,
    },
    {
      method: "POST",
      pattern: "/v5/spans/search",
      scope: "read",
      summary: "SGP: the spans of traces, groups or ids that fit, in keyset pages.",
      handler: search,
    },
    { method: "GET", pattern: "/v5/spans/:spanId", scope: "read", summary: "SGP: one span.", handler: get },
    {
      method: "PATCH",
      pattern: "/v5/spans/:spanId",
      scope: "ingest",
      summary: "SGP: changes name, end, output, metadata or status of a span.",
      handler: patch,
    },
  ];
}

function patched(current: SpanSnapshot, body: unknown): SpanSnapshot {
  const changes = Object.entries(isObject(body) ? body : {}).filter(
    ([field, value]) => PATCHABLE_FIELDS.includes(field) && value !== null,
  );
  const decoded = fromSgpItem({ ...toSgpItem(current), ...Object.fromEntries(changes) });
  if (!decoded.ok) throw new HttpError(decoded.status, "INVALID_SPAN", decoded.message);
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
