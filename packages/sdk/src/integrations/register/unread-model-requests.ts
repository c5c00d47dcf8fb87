import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Span } from "../../recording/span/span.ts";
import { addressOf, followRequests, type UndiciRequest } from "../undici/requests.ts";
import { hasObserved } from "./observers.ts";

/** What models are asked under, wherever they are: behind a gateway the host says nothing. */
const MODEL_PATHS: readonly RegExp[] = [
  /\/chat\/completions$/,
  /\/v1\/(?:responses|messages)$/,
  /:(?:stream)?generateContent$/i,
  /\/model\/[^/]+\/(?:converse|invoke)(?:-stream|-with-response-stream)?$/,
];

/**
 * Requests to a model by `fetch`, of a program in which no client is observed: spans that say when, where and how it ended.
 * What was asked and answered is not read. @returns ends it
 */
export function followUnreadModelRequests(): () => void {
  return followRequests(startUnread);
}

function startUnread(request: UndiciRequest): Span | undefined {
  if (hasObserved) return undefined;
  const { method, path, url } = addressOf(request);
  if (method !== "POST" || !MODEL_PATHS.some((pattern) => pattern.test(path))) return undefined;
  const tracer = defaultTracer();
  // Somebody else's model call: this is an attempt of it.
  if (tracer.activeSpan()?.type === "COMPLETION") return undefined;
  return tracer.startSpan(`${method} ${path}`, {
    type: "COMPLETION",
    data: { kind: "http", method, url, isUnread: true },
  });
}
