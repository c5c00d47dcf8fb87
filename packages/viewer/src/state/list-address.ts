/** The list's filters as an address and back: `/?q=<text>&status=<status>&sort=<sort>`. */
import type { TraceSort, TraceSortKey, TraceStatusFilter } from "../api/collector-client.ts";

export interface ListView {
  readonly q: string;
  readonly status: TraceStatusFilter | null;
  readonly service: string | null;
  readonly sort: TraceSort;
}

export const DEFAULT_SORT: TraceSort = "-startTime";
export const STATUS_FILTERS: readonly TraceStatusFilter[] = ["OK", "ERROR", "CANCELED", "RUNNING"];
const SORT_KEYS: readonly TraceSortKey[] = ["startTime", "durationMs", "spanCount", "errorCount", "costUsd"];
const SORTS: readonly TraceSort[] = SORT_KEYS.flatMap((key): TraceSort[] => [key, `-${key}`]);

export function readListAddress(url: URL): ListView {
  const query = url.searchParams;
  const status = query.get("status");
  const sort = query.get("sort");
  return {
    q: query.get("q") ?? "",
    status: STATUS_FILTERS.find((known) => known === status) ?? null,
    service: query.get("service"),
    sort: SORTS.find((known) => known === sort) ?? DEFAULT_SORT,
  };
}

export function listAddress(view: ListView): string {
  const query = new URLSearchParams();
  if (view.q) query.set("q", view.q);
  if (view.status) query.set("status", view.status);
  if (view.service) query.set("service", view.service);
  if (view.sort !== DEFAULT_SORT) query.set("sort", view.sort);
  const text = query.toString();
  return text === "" ? "/" : `/?${text}`;
}
