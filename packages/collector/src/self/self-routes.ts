/** The collector about itself: health, metrics and the document of its API. */
import { z } from "@hono/zod-openapi";
import { apiDocument } from "../http/api-document.ts";
import { json, text } from "../http/http-result.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import type { IngestCounts } from "../ingest/ingest-counts.ts";
import type { LiveHub } from "../live/live-hub.ts";
import { prometheusText } from "./metrics.ts";

export function selfRoutes(counts: IngestCounts, hub: LiveHub, allRoutes: () => readonly Route[]): Route[] {
  let document: Record<string, unknown> | undefined;
  return [
    route({
      method: "GET",
      path: "/healthz",
      scope: "public",
      summary: "200 while the collector serves.",
      response: jsonBody("It serves.", z.strictObject({ status: z.literal("ok") })),
      handler: () => json({ status: "ok" }),
    }),
    route({
      method: "GET",
      path: "/metrics",
      scope: "read",
      summary: "Counts in Prometheus' text format.",
      response: { description: "The counts.", content: { "text/plain": z.string() } },
      handler: () => text(prometheusText(counts, hub), "text/plain; version=0.0.4; charset=utf-8"),
    }),
    route({
      method: "GET",
      path: "/api/openapi.json",
      scope: "read",
      summary: "This document.",
      response: jsonBody("An OpenAPI 3.1 document.", z.looseObject({})),
      handler: () => {
        document ??= apiDocument(allRoutes());
        return json(document);
      },
    }),
  ];
}
