/** The collector's query API. Each call can be aborted and throws a `CollectorError`. */
import type { StoredSpan, TraceListResponse, TraceResponse } from "@everspan/protocol";
import { authorizationHeaders } from "./access-token.ts";
import { CollectorError, collectorErrorOf } from "./collector-error.ts";
import { readInSlices } from "./read-in-slices.ts";

export type TraceSortKey = "startTime" | "durationMs" | "spanCount" | "errorCount" | "costUsd";
export type TraceSort = TraceSortKey | `-${TraceSortKey}`;
export type TraceStatusFilter = "OK" | "ERROR" | "CANCELED" | "RUNNING";

export interface TraceListQuery {
  readonly q?: string;
  readonly status?: TraceStatusFilter;
  readonly service?: string;
  readonly sort?: TraceSort;
  readonly cursor?: string;
  readonly limit: number;
}

export async function listTraces(query: TraceListQuery, signal: AbortSignal): Promise<TraceListResponse> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const response = await request(`/api/traces?${search}`, signal);
  return (await response.json()) as TraceListResponse;
}

/** A trace with all its spans, page after page. Large payloads are left out, see `getSpan`. */
export async function getTrace(traceId: string, signal: AbortSignal): Promise<TraceResponse> {
  const path = `/api/traces/${encodeURIComponent(traceId)}`;
  const page = async (query: string) => readInSlices<TraceResponse>(await request(path + query, signal), "spans");
  let trace = await page("");
  while (trace.nextCursor !== null) {
    const next = await page(`?cursor=${encodeURIComponent(trace.nextCursor)}`);
    trace = { ...next, spans: trace.spans.concat(next.spans), producers: mergeProducers(trace, next) };
  }
  return trace;
}

function mergeProducers(before: TraceResponse, next: TraceResponse): TraceResponse["producers"] {
  return [...new Map([...before.producers, ...next.producers].map((producer) => [producer.id, producer])).values()];
}

/** One span with whole payloads. */
export async function getSpan(traceId: string, spanId: string, signal: AbortSignal): Promise<StoredSpan> {
  const path = `/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
  const response = await request(path, signal);
  return (await response.json()) as StoredSpan;
}

/** @throws CollectorError when there is no answer or it is not a success; an abort is rethrown as it is */
export async function request(path: string, signal: AbortSignal, accept = "application/json"): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { signal, headers: { accept, ...authorizationHeaders() } });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new CollectorError("unreachable", "the collector can't be reached", { cause });
  }
  if (!response.ok) throw await collectorErrorOf(response);
  return response;
}
