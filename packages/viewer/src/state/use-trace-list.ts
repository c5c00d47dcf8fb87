/** The list's rows for a page: first page kept fresh, further pages on demand. */
import type { TraceListResponse, TraceSummary } from "@everspan/protocol";
import { useEffect, useMemo, useRef, useState } from "react";
import { listTraces, type TraceListQuery } from "../api/collector-client.ts";
import type { CollectorError } from "../api/collector-error.ts";
import { type ListView, listAddress } from "./list-address.ts";
import { useLive } from "./live.ts";
import { NO_TRACES, type TraceList, withFirstPage, withNextPage } from "./trace-list.ts";
import { serverResource, useServerData } from "./use-server-data.ts";

const PAGE_SIZE = 50;

export interface LoadedTraceList {
  readonly traces: readonly TraceSummary[];
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** The rows are of the filter before: those of the present one are on the way. */
  readonly isOutdated: boolean;
  readonly error: CollectorError | undefined;
  readonly loadedAtMs: number | undefined;
  readonly retry: () => void;
  readonly loadMore: () => void;
}

interface KeptList {
  readonly key: string;
  /** The first page that the list was last merged with. */
  readonly page: TraceListResponse | undefined;
  readonly list: TraceList;
}

export function useTraceList(view: ListView): LoadedTraceList {
  const key = listAddress(view);
  const resource = useMemo(
    () => serverResource(`list:${key}`, (signal) => listTraces(queryOf(view), signal)),
    [key, view],
  );
  const data = useServerData(resource);
  const page = data.value;
  const [kept, setKept] = useState<KeptList>({ key, page: undefined, list: NO_TRACES });
  let shown = kept;
  if (page !== undefined && (kept.key !== key || kept.page !== page)) {
    shown = { key, page, list: withFirstPage(kept.key === key ? kept.list : NO_TRACES, page) };
    setKept(shown);
  }
  const { list } = shown;
  useLive(() => resource.refresh());

  const more = useRef<AbortController | null>(null);
  const [isLoadingMore, setLoadingMore] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter ends the loading of the old one's pages
  useEffect(() => () => more.current?.abort(), [key]);
  const loadMore = () => {
    if (shown.key !== key || list.nextCursor === null || (more.current !== null && !more.current.signal.aborted))
      return;
    const controller = new AbortController();
    more.current = controller;
    setLoadingMore(true);
    listTraces({ ...queryOf(view), cursor: list.nextCursor }, controller.signal)
      .then((next) => setKept((before) => ({ ...before, list: withNextPage(before.list, next) })))
      .catch(() => resource.refresh())
      .finally(() => {
        if (more.current === controller) more.current = null;
        setLoadingMore(false);
      });
  };
  return {
    traces: list.traces,
    hasMore: list.nextCursor !== null,
    isLoadingMore,
    isOutdated: shown.key !== key,
    error: data.error,
    loadedAtMs: shown.page === undefined ? undefined : (data.loadedAtMs ?? Date.now()),
    retry: resource.retry,
    loadMore,
  };
}

function queryOf(view: ListView): TraceListQuery {
  return {
    limit: PAGE_SIZE,
    sort: view.sort,
    ...(view.q === "" ? {} : { q: view.q }),
    ...(view.status === null ? {} : { status: view.status }),
    ...(view.service === null ? {} : { service: view.service }),
  };
}
