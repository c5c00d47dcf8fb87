/** The newest runs that a filter matches, for charts and sums: at most as many as are said. */
import { useQuery } from "@tanstack/react-query";
import { listTraces } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { useIdle } from "../browser/idle.ts";
import { polled, type ServerData, serverData } from "./query-client.ts";

const PAGE_SIZE = 200;
const MAX_RUNS = 1000;
const STALE_MS = 30_000;

export interface RunSample {
  readonly runs: readonly RunSummary[];
  /** There are older ones that are not in it. */
  readonly isCut: boolean;
}

/** Beside the list that is read: asked for when that is drawn. */
export function useRunSample(filter: string): ServerData<RunSample> {
  const isIdle = useIdle();
  return serverData(
    useQuery({
      queryKey: ["sample", filter],
      queryFn: ({ signal }) => loadSample(filter, signal),
      enabled: isIdle,
      ...polled(STALE_MS),
    }),
  );
}

async function loadSample(filter: string, signal: AbortSignal): Promise<RunSample> {
  const runs: RunSummary[] = [];
  const query = { ...readFilter(filter).query, limit: PAGE_SIZE };
  let cursor: string | null = null;
  do {
    const page = await listTraces(cursor === null ? query : { ...query, cursor }, signal);
    runs.push(...page.traces);
    cursor = page.nextCursor;
  } while (cursor !== null && runs.length < MAX_RUNS);
  return { runs, isCut: cursor !== null };
}
