/** The collector's query API. Each call can be aborted and throws a `CollectorError`. */
import type {
  AggregateGroup,
  AggregatesResponse,
  FacetField,
  FacetsResponse,
  ProducerListResponse,
  ReadSpan,
  SearchResponse,
  SentMessagesResponse,
  SessionListResponse,
  StoredSpan,
  TraceListResponse,
  TraceResponse,
} from "@everspan/protocol";
import { authorizationHeaders } from "./access-token.ts";
import { CollectorError, collectorErrorOf } from "./collector-error.ts";
import { API_HEADERS, takeEarlyAnswer } from "./early-answer.ts";
import { parseJson } from "./parse-json.ts";
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
  /** Spans at most; absent: as many as the collector puts into one page. */
  readonly limit?: number;
}

/** Large payloads are left out, see `getSpan`. */
export async function getTracePage(traceId: string, query: TracePageQuery, signal: AbortSignal): Promise<TracePage> {
  const search = new URLSearchParams();
  if (query.cursor !== undefined) search.set("cursor", query.cursor);
  if (query.since !== undefined) search.set("since", String(query.since));
  if (query.limit !== undefined) search.set("limit", String(query.limit));
  const text = search.toString();
  const response = await request(`/api/traces/${encodeURIComponent(traceId)}${text === "" ? "" : `?${text}`}`, signal);
  return readInSlices<TracePage>(response, "spans");
}

/** What each model call of a trace was sent, as hashes: one page. An older collector does not know of it. */
export async function getSentMessages(
  traceId: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<SentMessagesResponse> {
  const search = cursor === null ? "" : `?${new URLSearchParams({ cursor })}`;
  const response = await request(`/api/traces/${encodeURIComponent(traceId)}/messages${search}`, signal);
  return (await response.json()) as SentMessagesResponse;
}

/** One span with whole payloads. @param textLimit characters of a text at most; absent: all of it */
export async function getSpan(
  { traceId, id }: Pick<StoredSpan, "traceId" | "id">,
  textLimit: number | undefined,
  signal: AbortSignal,
): Promise<ReadSpan> {
  const path = `/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(id)}`;
  const response = await request(textLimit === undefined ? path : `${path}?textLimit=${textLimit}`, signal);
  return parseJson(await response.text()) as ReadSpan;
}

export async function listProducers(signal: AbortSignal): Promise<ProducerListResponse> {
  const response = await request("/api/producers", signal);
  return (await response.json()) as ProducerListResponse;
}

/** The most frequent values of fields, of the newest 2,000 runs that a filter matches. A collector whose store keeps none of them refuses. */
export async function listFacets(
  fields: readonly FacetField[],
  signal: AbortSignal,
  filter: Readonly<Record<string, string>> = {},
): Promise<FacetsResponse> {
  const search = new URLSearchParams([...fields.map((field) => ["field", field]), ...Object.entries(filter)]);
  const response = await request(`/api/facets?${search}`, signal);
  return (await response.json()) as FacetsResponse;
}

export interface AggregatesQuery {
  /** Instants in RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly bucket: "hour" | "day";
  readonly by?: AggregateGroup;
}

export async function listAggregates(query: AggregatesQuery, signal: AbortSignal): Promise<AggregatesResponse> {
  const response = await request(`/api/aggregates?${new URLSearchParams({ ...query })}`, signal);
  return (await response.json()) as AggregatesResponse;
}

/**
 * Where words stand in what was said, asked of tools and answered, newest runs first.
 * @param traceId only in this run
 */
export async function searchText(
  text: string,
  limit: number,
  signal: AbortSignal,
  traceId?: string,
): Promise<SearchResponse> {
  const query = { q: text, limit: String(limit), ...(traceId === undefined ? {} : { traceId }) };
  const response = await request(`/api/search?${new URLSearchParams(query)}`, signal);
  return (await response.json()) as SearchResponse;
}

export interface SessionsQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly user?: string;
}

export async function listSessions(query: SessionsQuery, signal: AbortSignal): Promise<SessionListResponse> {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const response = await request(`/api/sessions?${search}`, signal);
  return (await response.json()) as SessionListResponse;
}

/** A run as a file, with whole payloads. @param format one that `GET /api/traces/{traceId}/export` knows */
export async function exportTrace(traceId: string, format: string, signal: AbortSignal): Promise<Blob> {
  const path = `/api/traces/${encodeURIComponent(traceId)}/export?format=${encodeURIComponent(format)}`;
  return (await request(path, signal, "*/*")).blob();
}

/** @returns undefined when the collector gives no answer */
export async function isTokenAccepted(signal: AbortSignal): Promise<boolean | undefined> {
  try {
    await request("/api/stats", signal);
    return true;
  } catch (error) {
    return error instanceof CollectorError && error.kind === "unauthorized" ? false : undefined;
  }
}

/** The paths that this collector serves, by its own description. */
export async function listPaths(signal: AbortSignal): Promise<readonly string[]> {
  const response = await request("/api/openapi.json", signal);
  const { paths } = (await response.json()) as { readonly paths?: Readonly<Record<string, unknown>> };
  return Object.keys(paths ?? {});
}

/** @throws CollectorError when there is no answer or it is not a success; an abort is rethrown as it is */
export async function request(
  path: string,
  signal: AbortSignal,
  accept: string = API_HEADERS.accept,
): Promise<Response> {
  let response: Response;
  try {
    response = await (takeEarlyAnswer(path) ?? fetch(path, { signal, headers: { accept, ...authorizationHeaders() } }));
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new CollectorError("unreachable", "the collector can't be reached", { cause });
  }
  if (!response.ok) throw await collectorErrorOf(response);
  return response;
}
