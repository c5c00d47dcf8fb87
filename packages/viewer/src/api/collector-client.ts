/** The collector's query API. Each call can be aborted and throws a `CollectorError`. */
import type {
  FacetField,
  FacetsResponse,
  ProducerListResponse,
  StoredSpan,
  TraceListResponse,
  TraceResponse,
} from "@everspan/protocol";
import { parseJsonNumbers } from "@everspan/protocol";
import { authorizationHeaders } from "./access-token.ts";
import { CollectorError, collectorErrorOf } from "./collector-error.ts";
import { readInSlices } from "./read-in-slices.ts";
import type { RunSummary } from "./run-summary.ts";

/** Names of the list's filters to their values, as `GET /api/traces` takes them. */
export type TraceListQuery = Readonly<Record<string, string | number>>;

export interface RunPage extends Omit<TraceListResponse, "traces"> {
  readonly traces: readonly RunSummary[];
}

export async function listTraces(query: TraceListQuery, signal: AbortSignal): Promise<RunPage> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  const response = await request(`/api/traces?${search}`, signal);
  return (await response.json()) as RunPage;
}

/** One page of a trace; an older collector answers with all of it. */
export interface TracePage extends Omit<TraceResponse, "trace"> {
  readonly trace: RunSummary;
}

export interface TracePageQuery {
  readonly cursor?: string;
  /** A revision of the trace: only what changed after it. */
  readonly since?: number;
}

/** Large payloads are left out, see `getSpan`. */
export async function getTracePage(traceId: string, query: TracePageQuery, signal: AbortSignal): Promise<TracePage> {
  const search = new URLSearchParams();
  if (query.cursor !== undefined) search.set("cursor", query.cursor);
  if (query.since !== undefined) search.set("since", String(query.since));
  const text = search.toString();
  const response = await request(`/api/traces/${encodeURIComponent(traceId)}${text === "" ? "" : `?${text}`}`, signal);
  return readInSlices<TracePage>(response, "spans");
}

/** One span with whole payloads. */
export async function getSpan(traceId: string, spanId: string, signal: AbortSignal): Promise<StoredSpan> {
  const path = `/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
  const response = await request(path, signal);
  return parseJsonNumbers(await response.text()) as StoredSpan;
}

export async function listProducers(signal: AbortSignal): Promise<ProducerListResponse> {
  const response = await request("/api/producers", signal);
  return (await response.json()) as ProducerListResponse;
}

/** The most frequent values of fields. A collector whose store keeps none of them refuses. */
export async function listFacets(fields: readonly FacetField[], signal: AbortSignal): Promise<FacetsResponse> {
  const search = new URLSearchParams(fields.map((field) => ["field", field]));
  const response = await request(`/api/facets?${search}`, signal);
  return (await response.json()) as FacetsResponse;
}

/** The paths that this collector serves, by its own description. */
export async function listPaths(signal: AbortSignal): Promise<readonly string[]> {
  const response = await request("/api/openapi.json", signal);
  const { paths } = (await response.json()) as { readonly paths?: Readonly<Record<string, unknown>> };
  return Object.keys(paths ?? {});
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
