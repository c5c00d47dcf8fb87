/** The list's rows over many pages: merges what a refresh of the first page brings with what was loaded below it. */
import type { TraceListResponse, TraceSummary } from "@everspan/protocol";

export interface TraceList {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor: string | null;
}

export const NO_TRACES: TraceList = { traces: [], nextCursor: null };

/** A first page that shares no trace with the list would leave a gap between them: then the list begins anew. */
export function withFirstPage(list: TraceList, page: TraceListResponse): TraceList {
  const inPage = new Set(page.traces.map((trace) => trace.traceId));
  const below = list.traces.filter((trace) => !inPage.has(trace.traceId));
  const isConnected = below.length < list.traces.length;
  if (page.nextCursor === null || !isConnected || below.length === 0) return page;
  return { traces: [...page.traces, ...below], nextCursor: list.nextCursor };
}

export function withNextPage(list: TraceList, page: TraceListResponse): TraceList {
  const known = new Set(list.traces.map((trace) => trace.traceId));
  const added = page.traces.filter((trace) => !known.has(trace.traceId));
  return { traces: [...list.traces, ...added], nextCursor: page.nextCursor };
}
