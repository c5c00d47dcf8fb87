import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import { quietly } from "../callbacks/quietly.ts";

/** A request as the channels of undici tell it. */
export interface UndiciRequest {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly method?: unknown;
}

interface Message {
  readonly request: UndiciRequest;
  readonly response?: { readonly statusCode?: unknown };
  readonly error?: unknown;
}

const FAILED_STATUS = 400;

/**
 * Follows every request for which `start` begins a span: its status, when its head came, its end or its error.
 * @returns ends it
 */
export function followRequests(start: (request: UndiciRequest) => Span | undefined): () => void {
  const spans = new WeakMap<object, { readonly span: Span; readonly startedMs: number }>();
  const ending = (request: object): Span | undefined => {
    const { span } = spans.get(request) ?? {};
    spans.delete(request);
    return span;
  };
  const listeners: Record<string, (message: Message) => void> = {
    "undici:request:create": ({ request }) => {
      const span = start(request);
      if (span !== undefined) spans.set(request, { span, startedMs: span.nowMs() });
    },
    "undici:request:headers": ({ request, response }) => {
      const { span, startedMs = 0 } = spans.get(request) ?? {};
      const status = response?.statusCode;
      if (span === undefined || typeof status !== "number") return;
      span.setData({ status, headersMs: span.nowMs() - startedMs });
      if (status >= FAILED_STATUS) span.status = "ERROR";
    },
    "undici:request:trailers": ({ request }) => ending(request)?.end(),
    "undici:request:error": ({ request, error }) => ending(request)?.recordError(error).end(),
  };
  const subscriptions = Object.entries(listeners).map(
    ([name, listener]) => [name, (message: unknown) => quietly(() => listener(message as Message))] as const,
  );
  for (const [name, listener] of subscriptions) subscribe(name, listener);
  return () => {
    for (const [name, listener] of subscriptions) unsubscribe(name, listener);
  };
}

/** Method and address; without the query, which may have credentials in it. */
export function addressOf(request: UndiciRequest): {
  readonly method: string;
  readonly path: string;
  readonly url: string;
} {
  const method = String(memberOf(request, "method"));
  const [path = ""] = String(memberOf(request, "path")).split("?", 1);
  return { method, path, url: `${String(memberOf(request, "origin"))}${path}` };
}
