/** The list's filter and order as an address and back: `/?q=<filter>&sort=<sort>`. */
import { TRACE_SORT_KEYS, type TraceSort } from "@everspan/protocol";

export interface ListView {
  /** In the filter's grammar, see `model/runs/run-filter.ts`. */
  readonly q: string;
  readonly sort: TraceSort;
}

export const DEFAULT_SORT: TraceSort = "-startTime";
const SORTS: readonly TraceSort[] = TRACE_SORT_KEYS.flatMap((key): TraceSort[] => [key, `-${key}`]);

export function readListAddress(url: URL): ListView {
  const sort = url.searchParams.get("sort");
  return { q: url.searchParams.get("q") ?? "", sort: SORTS.find((known) => known === sort) ?? DEFAULT_SORT };
}

export function listAddress(view: Partial<ListView>): string {
  const query = new URLSearchParams();
  if (view.q) query.set("q", view.q);
  if (view.sort && view.sort !== DEFAULT_SORT) query.set("sort", view.sort);
  const text = query.toString();
  return text === "" ? "/" : `/?${text}`;
}
