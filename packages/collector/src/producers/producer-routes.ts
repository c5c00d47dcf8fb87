/** Signs of life of the processes that send spans, and what is known of them. */

import { type Clock, decodeHeartbeat } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../http/http-errors.ts";
import { json } from "../http/http-result.ts";
import { choiceField, integerField } from "../http/query-fields.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import { DEFAULT_PRODUCER_PAGE, MAX_PRODUCER_PAGE } from "../limits.ts";
import type { ProducerStore } from "../store/trace-store.ts";
import { heartbeatSchema, producerListSchema, producerStateSchema } from "./producer-schemas.ts";

export function producerRoutes(receiver: BodyReceiver, ingest: Ingest, reader: ProducerStore, clock: Clock): Route[] {
  return [
    route({
      method: "POST",
      path: "/v1/everspan/heartbeat",
      scope: "ingest",
      summary: "Everspan: the report of a process that has spans open, or its final one.",
      body: jsonBody("What the producer says of itself.", heartbeatSchema),
      response: jsonBody("It is stored.", z.strictObject({})),
      errors: ["INVALID_HEARTBEAT", "STORE_UNAVAILABLE"],
      handler: async (request) => {
        const decoded = decodeHeartbeat(await receiver.receiveJson(request));
        if (!decoded.ok) throw new HttpError(422, "INVALID_HEARTBEAT", decoded.message);
        const { producer: report, final } = decoded.heartbeat;
        await ingest.report(request.project, { report, final, receivedAtMs: clock.wallMs(), service: null });
        return json({});
      },
    }),
    route({
      method: "GET",
      path: "/api/producers",
      scope: "read",
      summary: "The processes that sent spans, those that reported last first, and what each lost.",
      query: z.strictObject({
        limit: integerField(1, MAX_PRODUCER_PAGE).optional(),
        state: choiceField(producerStateSchema.options).optional(),
      }),
      response: jsonBody("The producers.", producerListSchema),
      handler: async ({ project, query: { limit = DEFAULT_PRODUCER_PAGE, state } }) => {
        const states = state === undefined ? {} : { states: [state] };
        return json({ producers: await reader.listProducers(project, { limit, ...states }) });
      },
    }),
  ];
}
