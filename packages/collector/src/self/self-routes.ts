/** The collector about itself: health, metrics and the document of its API. */
import { z } from "@hono/zod-openapi";
import { apiDocument } from "../http/api-document.ts";
import { HttpError } from "../http/http-errors.ts";
import { json, text } from "../http/http-result.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import type { IngestCounts } from "../ingest/ingest-counts.ts";
import type { LiveHub } from "../live/live-hub.ts";
import { prometheusText } from "./metrics.ts";

export interface SelfRouteParts {
  readonly counts: IngestCounts;
  readonly hub: LiveHub;
  /** What is wrong with the store's medium; undefined while nothing is. */
  readonly findProblem: () => string | undefined;
  readonly allRoutes: () => readonly Route[];
}

export function selfRoutes({ counts, hub, findProblem, allRoutes }: SelfRouteParts): Route[] {
  let document: Record<string, unknown> | undefined;
  return [
    route({
      method: "GET",
      path: "/healthz",
      scope: "public",
      summary: "200 while the collector serves and can store.",
      response: jsonBody("It serves.", z.strictObject({ status: z.literal("ok") })),
      errors: ["STORE_UNAVAILABLE"],
      handler: () => {
        if (findProblem() === undefined) return json({ status: "ok" });
        throw new HttpError(503, "STORE_UNAVAILABLE", "the store's files are not where they were");
      },
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
