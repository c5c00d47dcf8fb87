/** Traces of OpenAI's Agents SDK, as its own exporter sends them. */
import { fromOpenAiTraces } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { type HttpResult, json } from "../../http/http-result.ts";
import { jsonBody, type Route, type RouteRequest, route } from "../../http/route.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import type { PieceWriter } from "../../ingest/write-pieces.ts";

export function openAiTracesRoutes(receiver: BodyReceiver, pieces: PieceWriter): Route[] {
  const take = async (request: RouteRequest): Promise<HttpResult> => {
    const body = await receiver.receiveJson(request);
    const rejected = await pieces.write(request.project, (at) => fromOpenAiTraces(body, at));
    return rejected.length === 0 ? { status: 204, body: { kind: "empty" } } : json({ rejected });
  };
  return [
    route({
      method: "POST",
      path: "/v1/traces/ingest",
      scope: "ingest",
      summary: "OpenAI Agents SDK: traces and their spans.",
      body: jsonBody("`{data: [trace or trace.span, …]}`", z.looseObject({ data: z.array(z.looseObject({})) })),
      response: jsonBody("The items that had no place; no content when all were taken.", z.looseObject({})),
      errors: ["INVALID_SPAN", "TOO_MANY_SPANS", "STORE_UNAVAILABLE"],
      handler: take,
    }),
  ];
}
