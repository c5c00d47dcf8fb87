/** The runs of the list: the first page kept fresh by the live stream, further pages on demand. */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { listTraces, type TraceListQuery } from "../../api/collector-client.ts";
import type { CollectorError } from "../../api/collector-error.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { withFirstPage, withHeldShown, withNextPage } from "../../model/runs/list-merge.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { type ListView, listAddress } from "../address/list-address.ts";
import { useLive } from "./live.ts";
import { serverData, untilLoaded } from "./query-client.ts";
import { type RunList, runListKey } from "./run-list.ts";
import { useRefresh } from "./use-refresh.ts";

const PAGE_SIZE = 50;

export interface LoadedRunList {
  readonly list: RunList | undefined;
  readonly isLoadingMore: boolean;
  readonly error: CollectorError | undefined;
  readonly loadedAtMs: number | undefined;
  readonly retry: () => void;
  readonly loadMore: () => void;
  /** While it is held, no row moves; new ones wait in `list.held`. */
  readonly hold: (isHeld: boolean) => void;
  readonly showHeld: () => void;
}

const idOf = (run: RunSummary) => run.traceId;

export function useRunList(view: ListView): LoadedRunList {
  const client = useQueryClient();
  const queryKey = runListKey(listAddress(view));
  const isHeld = useRef(false);
  const query = useQuery<RunList>({
    queryKey,
    queryFn: ({ signal }) => loadFirst(client, view, () => isHeld.current, signal),
    structuralSharing: false,
    placeholderData: (before) => before,
  });
  useLive(useRefresh(queryKey));
  const { loadMore, isLoadingMore } = useMorePages(view, query.data);
  const { value, ...data } = serverData(query);
  return {
    ...data,
    list: value,
    isLoadingMore,
    loadMore,
    hold: useCallback((held: boolean) => {
      isHeld.current = held;
    }, []),
    showHeld: () => client.setQueryData<RunList>(queryKey, (list) => list && withHeldShown(list)),
  };
}

/** @param isHeld when it is asked for: the rows that are there stay where they are */
async function loadFirst(
  client: QueryClient,
  view: ListView,
  isHeld: () => boolean,
  signal: AbortSignal,
): Promise<RunList> {
  const { traces, nextCursor } = await listTraces(queryOf(view), signal);
  const before = client.getQueryData<RunList>(runListKey(listAddress(view)));
  return withFirstPage(before, { rows: traces, nextCursor }, idOf, isHeld());
}

/** Resolves when the first page is there for `useRunList`, or can't be had now. */
export function prefetchRuns(client: QueryClient, view: ListView): Promise<void> {
  return untilLoaded<RunList>(client, {
    queryKey: runListKey(listAddress(view)),
    queryFn: ({ signal }) => loadFirst(client, view, () => false, signal),
  });
}

function useMorePages(view: ListView, list: RunList | undefined) {
  const client = useQueryClient();
  const [isLoadingMore, setLoadingMore] = useState(false);
  const running = useRef<string | null>(null);
  const key = listAddress(view);
  const loadMore = () => {
    if (list === undefined || list.nextCursor === null || running.current === key) return;
    running.current = key;
    setLoadingMore(true);
    const { signal } = new AbortController();
    listTraces({ ...queryOf(view), cursor: list.nextCursor }, signal)
      .then(({ traces, nextCursor }) =>
        client.setQueryData<RunList>(
          runListKey(key),
          (before) => before && withNextPage(before, { rows: traces, nextCursor }, idOf),
        ),
      )
      .catch(() => client.refetchQueries({ queryKey: runListKey(key), exact: true }))
      .finally(() => {
        running.current = null;
        setLoadingMore(false);
      });
  };
  return { loadMore, isLoadingMore };
}

function queryOf(view: ListView): TraceListQuery {
  return { limit: PAGE_SIZE, sort: view.sort, ...readFilter(view.q).query };
}
