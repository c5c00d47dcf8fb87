/** What the viewer and people ask: the list of traces, one trace, one span, the store's figures. */
import { HttpError, json, jsonText } from "../http/answer.ts";
import type { Route, RouteRequest } from "../http/router.ts";
import { INLINE_PAYLOAD_BYTES } from "../limits.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import { BadCursorError, type SpansOfTrace, type TraceReader } from "../store/trace-store.ts";
import { encodeCursor, readTraceQuery } from "./trace-query.ts";

export function traceRoutes(reader: TraceReader): Route[] {
  const list = async (request: RouteRequest) => {
    const page = await reader.listTraces(DEFAULT_PROJECT, readTraceQuery(request.query));
    return json({ traces: page.traces, nextCursor: page.nextCursor === null ? null : encodeCursor(page.nextCursor) });
  };
  const trace = async (request: RouteRequest) => {
    const payloads = request.query.get("payloads");
    if (payloads !== null && payloads !== "full") throw new HttpError(400, "BAD_QUERY", "payloads must be full");
    const payloadLimitBytes = payloads === "full" ? Number.POSITIVE_INFINITY : INLINE_PAYLOAD_BYTES;
    const cursor = request.query.get("cursor");
    const since = readSince(request.query.get("since"));
    const query = { payloadLimitBytes, ...(cursor !== null && { cursor }), ...(since !== undefined && { since }) };
    const found = await reader.readTrace(DEFAULT_PROJECT, request.parameters.traceId!, query).catch(describeBadCursor);
    if (found === undefined) throw new HttpError(404, "UNKNOWN_TRACE", "no trace has this id");
    return jsonText(traceJson(found));
  };
  const span = async (request: RouteRequest) => {
    const { traceId, spanId } = request.parameters;
    const found = await reader.readSpan(DEFAULT_PROJECT, traceId!, spanId!);
    if (found === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span of this trace has this id");
    return jsonText(found);
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
      summary:
        "A trace's summary and one page of its spans; cursor, since (a revision: what changed after it); large payloads left out unless payloads=full.",
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

/** A `TraceResponse`, with the spans spliced in as they are. */
function traceJson({ trace, spansJson, producers, nextCursor }: SpansOfTrace): string {
  const rest = JSON.stringify({ producers, nextCursor });
  return `{"trace":${JSON.stringify(trace)},"spans":${spansJson},${rest.slice(1)}`;
}

function readSince(text: string | null): number | undefined {
  if (text === null) return undefined;
  const revision = Number(text);
  if (text !== "" && Number.isSafeInteger(revision) && revision >= 0) return revision;
  throw new HttpError(400, "BAD_QUERY", "since must be a revision of the trace: a whole number, zero or more");
}

function describeBadCursor(error: unknown): never {
  if (error instanceof BadCursorError)
    throw new HttpError(400, "BAD_QUERY", "cursor must be a nextCursor of this trace");
  throw error;
}
