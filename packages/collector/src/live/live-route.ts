import { z } from "@hono/zod-openapi";
import { HttpError } from "../http/http-errors.ts";
import { type Route, route } from "../http/route.ts";
import { MAX_LIVE_SUBSCRIBERS } from "../limits.ts";
import type { LiveHub } from "./live-hub.ts";

export function liveRoute(hub: LiveHub): Route {
  return route({
    method: "GET",
    path: "/api/live",
    scope: "read",
    summary: "What changes, as it changes.",
    response: {
      description:
        "Server-sent events: trace-updated {traceId}, producer-updated {producerId, state}, and resync when the reader fell behind.",
      content: { "text/event-stream": z.string() },
    },
    errors: ["BUSY", "METHOD_NOT_ALLOWED"],
    handler: ({ raw, project }) => {
      if (raw.method === "HEAD") throw new HttpError(405, "METHOD_NOT_ALLOWED", "a stream has no head");
      if (hub.subscriberCount >= MAX_LIVE_SUBSCRIBERS) {
        throw new HttpError(503, "BUSY", "too many live streams are open", { "retry-after": "10" });
      }
      const start = hub.subscribe.bind(hub, project);
      return { status: 200, body: { kind: "stream", type: "text/event-stream", start } };
    },
  });
}
