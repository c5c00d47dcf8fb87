/** OTLP/HTTP, at its own paths and at those of products whose clients speak it. */

import type { Clock } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import type { HttpResult } from "../../http/http-result.ts";
import type { BodyDocument, Route, RouteRequest } from "../../http/route.ts";
import { route } from "../../http/route.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { OTLP_JSON, OTLP_PROTOBUF } from "./otlp-response.ts";
import { takeLogs, takeMetrics } from "./take-logs.ts";
import { takeTraces } from "./take-traces.ts";

/** Before `/v1/traces`: OTLP's own and Phoenix's; Langfuse's; LangSmith's and Braintrust's. */
const BASES = ["", "/api/public/otel", "/otel"];

export function otlpRoutes(receiver: BodyReceiver, ingest: Ingest, clock: Clock): Route[] {
  const traces = takeTraces(receiver, ingest, clock);
  const logs = takeLogs(receiver, ingest, clock);
  const metrics = takeMetrics(receiver);
  return BASES.flatMap((base) => [
    exportRoute(`${base}/v1/traces`, "OTLP: takes spans, as JSON or protobuf.", traces),
    exportRoute(`${base}/v1/logs`, "OTLP: joins GenAI events to their spans; keeps no other log records.", logs),
    exportRoute(`${base}/v1/metrics`, "OTLP: accepts metrics and says that they are not kept.", metrics),
  ]);
}

type Handler = (request: RouteRequest) => Promise<HttpResult>;

function exportRoute(path: string, summary: string, handler: Handler): Route {
  return route({
    method: "POST",
    path,
    scope: "ingest",
    summary,
    body: inBothForms("An export request of OTLP."),
    response: inBothForms("What was not taken: an empty `partialSuccess` when all was."),
    errors: ["INVALID_SPAN", "STORE_UNAVAILABLE"],
    handler,
  });
}

function inBothForms(description: string): BodyDocument {
  return { description, content: { [OTLP_JSON]: z.looseObject({}), [OTLP_PROTOBUF]: z.string() } };
}
