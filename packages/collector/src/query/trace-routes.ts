/** What the viewer and people ask: the list of traces, one trace, one span, the store's figures. */
import { cutLongTexts, type StoredSpan } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../http/http-errors.ts";
import { json, jsonText } from "../http/http-result.ts";
import { textField } from "../http/query-fields.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import { INLINE_PAYLOAD_BYTES } from "../limits.ts";
import type { SpansOfTrace, TraceReader } from "../store/trace-store.ts";
import { inTurns } from "../turns.ts";
import { sentMessages } from "./sent-messages.ts";
import {
  encodeCursor,
  spanReadSchema,
  toTraceQuery,
  traceQuerySchema,
  traceReadSchema,
  withoutUndefined,
} from "./trace-query.ts";
import { readSpanSchema, sentMessagesSchema, statsSchema, traceListSchema, traceSchema } from "./trace-schemas.ts";

export function traceRoutes(reader: TraceReader): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/traces",
      scope: "read",
      summary: "One page of trace summaries.",
      query: traceQuerySchema,
      response: jsonBody("The traces that fit, and where the next page begins.", traceListSchema),
      handler: async ({ project, query }) => {
        const { traces, nextCursor } = await reader.listTraces(project, toTraceQuery(query));
        return json({ traces, nextCursor: nextCursor === null ? null : encodeCursor(nextCursor) });
      },
    }),
    route({
      method: "GET",
      path: "/api/traces/{traceId}",
      scope: "read",
      summary: "A trace's summary and one page of its spans; large payloads left out unless payloads=full.",
      query: traceReadSchema,
      response: jsonBody("The trace, the page's spans by start, and the producers that sent them.", traceSchema),
      errors: ["BAD_QUERY", "UNKNOWN_TRACE"],
      handler: async ({ project, parameters, query: { payloads, ...page } }) => {
        const payloadLimitBytes = payloads === "full" ? Number.POSITIVE_INFINITY : INLINE_PAYLOAD_BYTES;
        const query = withoutUndefined({ payloadLimitBytes, ...page });
        const found = await reader.readTrace(project, parameters.traceId, query);
        if (found === undefined) throw new HttpError(404, "UNKNOWN_TRACE", "no trace has this id");
        return jsonText(traceJson(found));
      },
    }),
    messagesRoute(reader),
    route({
      method: "GET",
      path: "/api/traces/{traceId}/spans/{spanId}",
      scope: "read",
      summary: "One span with whole payloads, or with the beginnings of its long texts.",
      query: spanReadSchema,
      response: jsonBody("The span.", readSpanSchema),
      errors: ["BAD_QUERY", "UNKNOWN_SPAN"],
      handler: async ({ project, parameters: { traceId, spanId }, query: { textLimit } }) => {
        const span = await reader.readSpan(project, traceId, spanId);
        if (span === undefined) throw new HttpError(404, "UNKNOWN_SPAN", "no span of this trace has this id");
        return jsonText(textLimit === undefined ? span : await withTextsCut(span, textLimit));
      },
    }),
    route({
      method: "GET",
      path: "/api/stats",
      scope: "read",
      summary: "How many traces and spans are stored, and in how many bytes.",
      response: jsonBody("The figures.", statsSchema),
      handler: async ({ project }) => json(await reader.stats(project)),
    }),
  ];
}

function messagesRoute(reader: TraceReader): Route {
  return route({
    method: "GET",
    path: "/api/traces/{traceId}/messages",
    scope: "read",
    summary: "What each model call of one page of a trace was sent, each message once, by its hash.",
    query: z.strictObject({ cursor: textField("Where the page before ended: its nextCursor.").optional() }),
    response: jsonBody("The messages of the page, and which of them each call was sent.", sentMessagesSchema),
    errors: ["BAD_QUERY", "UNKNOWN_TRACE"],
    handler: async ({ project, parameters, query }) => {
      const page = withoutUndefined({ payloadLimitBytes: Number.POSITIVE_INFINITY, ...query });
      const found = await reader.readTrace(project, parameters.traceId, page);
      if (found === undefined) throw new HttpError(404, "UNKNOWN_TRACE", "no trace has this id");
      const sent = sentMessages(JSON.parse(found.spansJson) as StoredSpan[]);
      return json({ ...sent, nextCursor: found.nextCursor });
    },
  });
}

/** A `ReadSpan`. */
async function withTextsCut(span: string, textLimit: number): Promise<string> {
  if (span.length <= textLimit) return span;
  const { json: shorter, cut } = await inTurns(cutLongTexts(span, textLimit));
  return cut.length === 0 ? span : `${shorter.slice(0, -1)},"cutTexts":${JSON.stringify(cut)}}`;
}

/** A `TraceResponse`, with the spans spliced in as they are. */
function traceJson({ trace, spansJson, producers, nextCursor }: SpansOfTrace): string {
  const rest = JSON.stringify({ producers, nextCursor });
  return `{"trace":${JSON.stringify(trace)},"spans":${spansJson},${rest.slice(1)}`;
}
