/** The list's rows: runs, with a heading for each day where they are in order of time. */
import type { TraceSort } from "@everspan/protocol";
import type { RunSummary } from "../../api/run-summary.ts";
import { formatDay } from "../text/format.ts";
import { instantMs } from "../text/instant.ts";

export type ListRow =
  | { readonly kind: "run"; readonly key: string; readonly run: RunSummary }
  | { readonly kind: "day"; readonly key: string; readonly label: string };

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
