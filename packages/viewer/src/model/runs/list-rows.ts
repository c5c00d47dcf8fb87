/**
 * The list's rows: runs, with a heading for each day where they are in order of time; above them, where words are looked
 * for, the places in which they stand.
 */
import type { SearchHit, TraceSort } from "@everspan/protocol";
import type { RunSummary } from "../../api/run-summary.ts";
import { formatDay, plural } from "../text/format.ts";
import { instantMs } from "../text/instant.ts";

export type ListRow =
  | { readonly kind: "run"; readonly key: string; readonly run: RunSummary }
  | { readonly kind: "hit"; readonly key: string; readonly hit: SearchHit }
  | { readonly kind: "day"; readonly key: string; readonly label: string };

/** What the keyboard stops at: a run by its id, a place by its own key. */
export function hitKey({ traceId, spanId, place }: SearchHit): string {
  return `${traceId} ${spanId} ${place}`;
}

/** A history that is sent again at each step is found at each: the same words of one run stand once, as first found. */
export function distinctHits(hits: readonly SearchHit[]): readonly SearchHit[] {
  const seen = new Set<string>();
  return hits.filter(({ traceId, snippet }) => {
    const key = `${traceId}\n${snippet}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function hitRows(hits: readonly SearchHit[], hasMore: boolean): readonly ListRow[] {
  if (hits.length === 0) return [];
  const label = hasMore
    ? `Said in these and more places: the newest ${hits.length}`
    : `Said in ${plural(hits.length, "place")}`;
  return [
    { kind: "day", key: "hits", label },
    ...hits.map((hit): ListRow => ({ kind: "hit", key: hitKey(hit), hit })),
    { kind: "day", key: "named", label: "Runs by their name" },
  ];
}

/** @param nowMs decides which day is today */
export function listRows(runs: readonly RunSummary[], sort: TraceSort, nowMs = Date.now()): readonly ListRow[] {
  const rows: ListRow[] = [];
  const isByTime = sort === "startTime" || sort === "-startTime";
  let day = "";
  for (const run of runs) {
    const label = isByTime ? formatDay(instantMs(run.startTime), nowMs) : "";
    if (label !== day) {
      rows.push({ kind: "day", key: `day ${label} ${rows.length}`, label });
      day = label;
    }
    rows.push({ kind: "run", key: run.traceId, run });
  }
  // Of one day there is nothing to tell apart.
  return isByTime && rows.length === runs.length + 1 && day === "Today" ? rows.slice(1) : rows;
}
