import { HttpError } from "../http/answer.ts";
import type { Route } from "../http/router.ts";
import { MAX_LIVE_SUBSCRIBERS } from "../limits.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import type { LiveHub } from "./live-hub.ts";

export function liveRoute(hub: LiveHub): Route {
  return {
    method: "GET",
    pattern: "/api/live",
    scope: "read",
    summary:
      "Server-sent events: trace-updated {traceId}, producer-updated {producerId, state}, and resync when the reader fell behind.",
    handler: (request) => {
      if (request.raw.method === "HEAD") throw new HttpError(405, "METHOD_NOT_ALLOWED", "a stream has no head");
      if (hub.subscriberCount >= MAX_LIVE_SUBSCRIBERS) {
        throw new HttpError(503, "BUSY", "too many live streams are open", { "retry-after": "10" });
      }
      return {
        status: 200,
        body: {
          kind: "stream",
          type: "text/event-stream",
          start: (response) => hub.subscribe(DEFAULT_PROJECT, response),
        },
      };
    },
  };
}
