/** The collector about itself: health, metrics and the document of its API. */
import { z } from "@hono/zod-openapi";
import type { Engine } from "../engine/engine.ts";
import { apiDocument } from "../http/api-document.ts";
import { HttpError } from "../http/http-errors.ts";
import { json, text } from "../http/http-result.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import { type ProcessFigures, prometheusText } from "./metrics.ts";

export interface SelfRouteParts {
  readonly engine: Pick<Engine, "figures" | "problem">;
  readonly own: () => ProcessFigures;
  readonly allRoutes: () => readonly Route[];
}

export function selfRoutes({ engine, own, allRoutes }: SelfRouteParts): Route[] {
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
        if (engine.problem() === undefined) return json({ status: "ok" });
        throw new HttpError(503, "STORE_UNAVAILABLE", "nothing can be stored now: the log says why");
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      scope: "read",
      summary: "Counts in Prometheus' text format.",
      response: { description: "The counts.", content: { "text/plain": z.string() } },
      handler: async () =>
        text(prometheusText(await engine.figures(), own()), "text/plain; version=0.0.4; charset=utf-8"),
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
