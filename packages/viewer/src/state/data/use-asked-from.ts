/**
 * From where on what a run was asked is shown as its title: of runs made from one template what tells them apart, as in
 * the list. They are those of the list it was opened from, or else the newest of its service.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { listTraces } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { sharedStarts } from "../../model/runs/shared-start.ts";
import { useIdle } from "../browser/idle.ts";
import { listPlace } from "../browser/list-place.ts";
import { type RunList, runListKey } from "./run-list.ts";

const LOOKED_AT = 50;

export function useAskedFrom({ asked, service }: RunSummary): number {
  const isIdle = useIdle();
  const listed = useQueryClient().getQueryData<RunList>(runListKey(listPlace().address))?.rows;
  const { data: others } = useQuery({
    queryKey: ["asked like", service],
    queryFn: async ({ signal }) =>
      (await listTraces({ limit: LOOKED_AT, ...(service ? { service } : {}) }, signal)).traces,
    enabled: isIdle && listed === undefined && Boolean(asked),
    retry: false,
  });
  const runs = listed ?? others;
  return useMemo(() => {
    if (!asked) return 0;
    return sharedStarts([asked, ...(runs ?? []).flatMap((run) => run.asked || [])]).get(asked) ?? 0;
  }, [asked, runs]);
}
