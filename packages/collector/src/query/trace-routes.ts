/** What the viewer and people ask: the list of traces, one trace, one span, the store's figures. */
import { HttpError, json } from "../http/answer.ts";
import type { Route, RouteRequest } from "../http/router.ts";
import { INLINE_PAYLOAD_BYTES } from "../limits.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import type { TraceReader } from "../store/trace-store.ts";
import { encodeCursor, readTraceQuery } from "./trace-query.ts";

export function traceRoutes(reader: TraceReader): Route[] {
  const list = async (request: RouteRequest) => {
    const page = await reader.listTraces(DEFAULT_PROJECT, readTraceQuery(request.query));
    return json({ traces: page.traces, nextCursor: page.nextCursor === null ? null : encodeCursor(page.nextCursor) });
  };
  const trace = async (request: RouteRequest) => {
    const payloads = request.query.get("payloads");
    if (payloads !== null && payloads !== "full") throw new HttpError(400, "BAD_QUERY", "payloads must be full");
    const limitBytes = payloads === "full" ? Number.POSITIVE_INFINITY : INLINE_PAYLOAD_BYTES;
    const found = await reader.getTrace(DEFAULT_PROJECT, request.parameters.traceId!, limitBytes);
    if (found === undefined) throw new HttpError(404, "UNKNOWN_TRACE", "no trace has this id");
    return json(found);
  };
  const span = async (request: RouteRequest) => {
    const { traceId, spanId } = request.parameters;
    const found = await reader.getSpan(DEFAULT_PROJECT, traceId!, spanId!);
    if (found === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span of this trace has this id");
    return json(found);
  };
  return [
    {
      method: "GET",
      pattern: "/api/traces",
      scope: "read",
      summary: "One page of trace summaries; limit, cursor, q, status, type, service, from, to, minDurationMs, sort.",
      handler: list,
    },
    {
      method: "GET",
      pattern: "/api/traces/:traceId",
      scope: "read",
      summary: "A trace's summary and spans; large payloads left out unless payloads=full.",
      handler: trace,
    },
    {
      method: "GET",
      pattern: "/api/traces/:traceId/spans/:spanId",
      scope: "read",
      summary: "One span with whole payloads.",
      handler: span,
    },
    {
      method: "GET",
      pattern: "/api/stats",
      scope: "read",
      summary: "How many traces and spans are stored, and in how many bytes.",
      handler: async () => json(await reader.stats(DEFAULT_PROJECT)),
    },
  ];
}
