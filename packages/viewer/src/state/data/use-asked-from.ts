/**
 * From where on what a run was asked is shown as its title: of runs made from one template what tells them apart, as in
 * the list. They are those of the list it was opened from, or else the ones that began about when it did.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { listTraces } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { sharedStarts } from "../../model/runs/shared-start.ts";
import { useIdle } from "../browser/idle.ts";
import { listPlace } from "../browser/list-place.ts";
import { type RunList, runListKey } from "./run-list.ts";

/** Before it, and after it. */
const LOOKED_AT = 50;

export function useAskedFrom(run: RunSummary): number {
  const { traceId, asked, startTime } = run;
  const isIdle = useIdle();
  const listed = useQueryClient().getQueryData<RunList>(runListKey(listPlace().address))?.rows;
  const isListed = listed?.some((other) => other.traceId === traceId) === true;
  const { data: others } = useQuery({
    queryKey: ["runs beside", traceId],
    queryFn: ({ signal }) => runsBeside(startTime, signal),
    enabled: isIdle && !isListed && Boolean(asked),
    retry: false,
  });
  const runs = isListed ? listed : others;
  return useMemo(() => {
    if (!asked) return 0;
    return sharedStarts([asked, ...(runs ?? []).flatMap((other) => other.asked || [])]).get(asked) ?? 0;
  }, [asked, runs]);
}

async function runsBeside(startTime: string, signal: AbortSignal): Promise<readonly RunSummary[]> {
  const pages = await Promise.all([
    listTraces({ to: startTime, sort: "-startTime", limit: LOOKED_AT }, signal),
    listTraces({ from: startTime, sort: "startTime", limit: LOOKED_AT }, signal),
  ]);
  return pages.flatMap(({ traces }) => traces);
}
