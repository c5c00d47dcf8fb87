/**
 * The runs of the list: the first page kept fresh by the live stream, further pages on demand. What changes in those is
 * loaded with all that lies above it.
 */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { listTraces, type TraceListQuery } from "../../api/collector-client.ts";
import type { CollectorError } from "../../api/collector-error.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { withAllRows, withFirstPage, withHeldShown, withNextPage } from "../../model/runs/list-merge.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { type ListView, listAddress } from "../address/list-address.ts";
import { useLive } from "./live.ts";
import { serverData, untilLoaded } from "./query-client.ts";
import { type RunList, runListKey } from "./run-list.ts";
import { useRefresh } from "./use-refresh.ts";

const PAGE_SIZE = 50;
/** Of rows that are loaded again. */
const AGAIN_PAGE_SIZE = 200;
/** Of more rows than that the later ones leave the list, and are loaded when it is scrolled to them. */
const MAX_AGAIN = 1000;
/** After a page that could not be loaded, in milliseconds. */
const NEXT_TRY_MS = 5000;

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
  const isAllWanted = useRef(false);
  const query = useQuery<RunList>({
    queryKey,
    queryFn: async ({ signal }) => {
      const load = isAllWanted.current ? loadAgain : loadFirst;
      isAllWanted.current = false;
      try {
        return await load(client, view, () => isHeld.current, signal);
      } catch (error) {
        isAllWanted.current ||= load === loadAgain;
        throw error;
      }
    },
    structuralSharing: false,
    placeholderData: (before) => before,
  });
  const refresh = useRefresh(queryKey);
  useLive((event) => {
    const below = query.data?.rows.slice(PAGE_SIZE) ?? [];
    const mayBeBelow = event.kind === "resync" ? below.length > 0 : below.some((run) => run.traceId === event.traceId);
    isAllWanted.current ||= mayBeBelow;
    refresh();
  });
  const { loadMore, isLoadingMore } = useMorePages(view, query.data);
  const { value, ...data } = serverData(query);
  return {
    ...data,
    list: value,
    isLoadingMore,
    loadMore,
    hold: useCallback(
      (held: boolean) => {
        // What changed its place meanwhile, or left the list, is put right.
        if (isHeld.current && !held) refresh();
        isHeld.current = held;
      },
      [refresh],
    ),
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

/** As many rows as there are, as they are now. */
async function loadAgain(
  client: QueryClient,
  view: ListView,
  isHeld: () => boolean,
  signal: AbortSignal,
): Promise<RunList> {
  const key = runListKey(listAddress(view));
  const countOf = (list: RunList | undefined) => (list?.rows.length ?? 0) + (list?.held.length ?? 0);
  const wanted = Math.min(MAX_AGAIN, countOf(client.getQueryData<RunList>(key)));
  const rows: RunSummary[] = [];
  let cursor: string | null = null;
  do {
    const query: TraceListQuery = { ...queryOf(view), limit: AGAIN_PAGE_SIZE, ...(cursor === null ? {} : { cursor }) };
    const page = await listTraces(query, signal);
    rows.push(...page.traces);
    cursor = page.nextCursor;
  } while (cursor !== null && rows.length < wanted);
  return withAllRows(client.getQueryData<RunList>(key), { rows, nextCursor: cursor }, idOf, isHeld());
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
    const cursor = list.nextCursor;
    listTraces({ ...queryOf(view), cursor }, signal)
      .then(({ traces, nextCursor }) =>
        client.setQueryData<RunList>(
          runListKey(key),
          (before) => before && withNextPage(before, cursor, { rows: traces, nextCursor }, idOf),
        ),
      )
      .catch(async () => {
        await client.refetchQueries({ queryKey: runListKey(key), exact: true });
        // The list asks again as soon as it is drawn.
        await new Promise((resolve) => setTimeout(resolve, NEXT_TRY_MS));
      })
      .finally(() => {
        if (running.current === key) running.current = null;
        setLoadingMore(false);
      });
  };
  return { loadMore, isLoadingMore };
}

function queryOf(view: ListView): TraceListQuery {
  return { limit: PAGE_SIZE, sort: view.sort, ...readFilter(view.q).query };
}
