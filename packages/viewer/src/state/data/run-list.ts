/** The runs of one filter and order, as the query cache keeps them. */
import type { RunSummary } from "../../api/run-summary.ts";
import type { GrowingList } from "../../model/runs/list-merge.ts";

export type RunList = GrowingList<RunSummary>;

/** @param address the list's, with its filter */
export function runListKey(address: string): readonly string[] {
  return ["runs", address];
}
