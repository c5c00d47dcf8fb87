/** Langfuse's ingestion of events; its newer clients send OTLP, see `dialects/otlp`. */
import { fromLangfuseBatch } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { json } from "../../http/http-result.ts";
import { jsonBody, type Route, type RouteRequest, route } from "../../http/route.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import type { PieceWriter } from "../../ingest/write-pieces.ts";

export function langfuseRoutes(receiver: BodyReceiver, pieces: PieceWriter): Route[] {
  const take = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const rejected = await pieces.write(request.project, (at) => fromLangfuseBatch(body, at));
    const refused = new Set(rejected.map(({ id }) => id));
    const { batch } = body as { batch: readonly { readonly id?: unknown }[] };
    const ids = batch.flatMap((event) => (typeof event?.id === "string" ? [event.id] : []));
    return json(
      {
        successes: ids.filter((id) => !refused.has(id)).map((id) => ({ id, status: 201 })),
        errors: rejected.map(({ id, reason }) => ({ id, status: 400, message: reason })),
      },
      207,
    );
  };
  return [
    route({
      method: "POST",
      path: "/api/public/ingestion",
      scope: "ingest",
      summary: "Langfuse: events that create and update traces and observations.",
      body: jsonBody("A batch of events.", z.looseObject({ batch: z.array(z.looseObject({})) })),
      response: jsonBody("What became of each event.", z.looseObject({})),
      errors: ["INVALID_SPAN", "TOO_MANY_SPANS", "STORE_UNAVAILABLE"],
      handler: take,
    }),
  ];
}
