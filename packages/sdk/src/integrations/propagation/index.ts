import type { Span } from "../../recording/span.ts";

/** What another process says about the span that called us: ids and nothing else. */
export interface RemoteContext {
  /** 32 lowercase hex digits. */
  readonly traceId: string;
  /** 16 lowercase hex digits. */
  readonly spanId: string;
}

export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Version 00 as W3C Trace Context defines it; a later version may have more fields after these. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;
const MAX_TRACEPARENT_CHARACTERS = 512;

/**
 * Reads `traceparent` from a request's headers. Anything malformed, too long or doubled counts as absent: headers come
 * from strangers. Only ids are taken; nothing in a header can change where spans go. Never throws.
 */
export function extractTraceContext(headers: RequestHeaders | undefined | null): RemoteContext | undefined {
  try {
    const value = headers === undefined || headers === null ? undefined : headerOf(headers, "traceparent");
    if (typeof value !== "string" || value.length > MAX_TRACEPARENT_CHARACTERS) return undefined;
    const match = TRACEPARENT.exec(value);
    if (match === null) return undefined;
    const [, traceId, spanId] = match as unknown as [string, string, string];
    return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId) ? { traceId, spanId } : undefined;
  } catch {
    return undefined;
  }
}

function headerOf(headers: RequestHeaders, name: string): unknown {
  if (typeof headers.get === "function") return headers.get(name);
  return (headers as Record<string, unknown>)[name];
}

/**
 * The `traceparent` for a request that the span makes; undefined when the ids of the span are not W3C's (a trace under
 * a task's own id), because a header must not carry made-up ids.
 */
export function injectTraceContext(span: Pick<Span, "traceId" | "id">): { readonly traceparent: string } | undefined {
  const traceId = span.traceId.replaceAll("-", "").toLowerCase();
  const spanId = span.id.replaceAll("-", "").toLowerCase().slice(-16);
  if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
  return { traceparent: `00-${traceId}-${spanId}-01` };
}
