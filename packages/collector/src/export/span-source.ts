/** Where an export reads: the store itself, or a running collector. Whole payloads, a page at a time. */
import {
  parseJsonNumbers,
  type StoredSpan,
  type TraceListResponse,
  type TraceResponse,
  type TraceSummary,
} from "@everspan/protocol";
import { queryErrorMessage, queryRecord } from "../http/query-fields.ts";
import { encodeCursor, toTraceQuery, traceQuerySchema } from "../query/trace-query.ts";
import type { TraceReader } from "../store/trace-store.ts";

export interface SpanSource {
  /** undefined for an unknown id. */
  trace(traceId: string): Promise<TraceSummary | undefined>;
  /** By start, then id. */
  spans(traceId: string): AsyncIterable<StoredSpan>;
  span(traceId: string, spanId: string): Promise<StoredSpan | undefined>;
  /** The traces that a query string of the list finds. @throws Error that names the field that is wrong */
  traceIds(query: URLSearchParams): AsyncIterable<string>;
}

const LIST_PAGE = "200";

export function storeSource(reader: TraceReader, project: string): SpanSource {
  const page = (traceId: string, cursor: string | undefined, limit?: number) =>
    reader.readTrace(project, traceId, {
      payloadLimitBytes: Number.POSITIVE_INFINITY,
      ...(cursor !== undefined && { cursor }),
      ...(limit !== undefined && { limit }),
    });
  return {
    trace: async (traceId) => (await page(traceId, undefined, 1))?.trace,
    spans: async function* (traceId) {
      let cursor: string | undefined;
      do {
        const found = await page(traceId, cursor);
        if (found === undefined) return;
        yield* parseJsonNumbers(found.spansJson) as StoredSpan[];
        cursor = found.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },
    span: (traceId, spanId) => reader.getSpan(project, traceId, spanId),
    traceIds: (query) =>
      pagesOf(query, async (parameters) => {
        const parsed = traceQuerySchema.safeParse(queryRecord(parameters));
        if (!parsed.success) throw new Error(queryErrorMessage(parsed.error, Object.keys(traceQuerySchema.shape)));
        const { traces, nextCursor } = await reader.listTraces(project, toTraceQuery(parsed.data));
        return { traces, nextCursor: nextCursor === null ? null : encodeCursor(nextCursor) };
      }),
  };
}

export function collectorSource(url: string, token: string | undefined): SpanSource {
  const get = async <Body>(path: string): Promise<Body | undefined> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(new URL(path, url), { headers, signal: AbortSignal.timeout(120_000) }).catch(
      (error: Error) => {
        throw new Error(`${url} does not answer: ${(error.cause as Error | undefined)?.message || error.message}`);
      },
    );
    if (response.status === 404) return undefined;
    const body = parseJsonNumbers(await response.text()) as Body & { error?: { message: string } };
    if (!response.ok) throw new Error(`the collector answered ${response.status}: ${body.error?.message}`);
    return body;
  };
  const page = (traceId: string, cursor: string | null) =>
    get<TraceResponse>(
      `/api/traces/${encodeURIComponent(traceId)}?payloads=full${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
  return {
    trace: async (traceId) => (await page(traceId, null))?.trace,
    spans: async function* (traceId) {
      let cursor: string | null = null;
      do {
        const found: TraceResponse | undefined = await page(traceId, cursor);
        if (found === undefined) return;
        yield* found.spans;
        cursor = found.nextCursor;
      } while (cursor !== null);
    },
    span: (traceId, spanId) =>
      get<StoredSpan>(`/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`),
    traceIds: (query) =>
      pagesOf(query, async (parameters) => (await get<TraceListResponse>(`/api/traces?${parameters}`))!),
  };
}

async function* pagesOf(
  query: URLSearchParams,
  list: (parameters: URLSearchParams) => Promise<TraceListResponse>,
): AsyncGenerator<string> {
  const parameters = new URLSearchParams(query);
  if (!parameters.has("limit")) parameters.set("limit", LIST_PAGE);
  for (;;) {
    const { traces, nextCursor } = await list(parameters);
    for (const { traceId } of traces) yield traceId;
    if (nextCursor === null) return;
    parameters.set("cursor", nextCursor);
  }
}
