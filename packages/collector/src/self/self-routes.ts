/** The collector about itself: health, metrics and the document of its API. */
import { json, text } from "../http/answer.ts";
import type { Route } from "../http/router.ts";
import type { IngestCounts } from "../ingest/ingest-counts.ts";
import type { LiveHub } from "../live/live-hub.ts";
import { prometheusText } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";

export function selfRoutes(counts: IngestCounts, hub: LiveHub, allRoutes: () => readonly Route[]): Route[] {
  return [
    {
      method: "GET",
      pattern: "/healthz",
      scope: "public",
      summary: "200 while the collector serves.",
      handler: () => json({ status: "ok" }),
    },
    {
      method: "GET",
      pattern: "/metrics",
      scope: "read",
      summary: "Counts in Prometheus' text format.",
      handler: () => text(prometheusText(counts, hub), "text/plain; version=0.0.4; charset=utf-8"),
    },
    {
      method: "GET",
      pattern: "/api/openapi.json",
      scope: "read",
      summary: "This document.",
      handler: () => json(openApiDocument(allRoutes())),
    },
  ];
}
