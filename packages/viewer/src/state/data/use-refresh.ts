/** Loads a query again when the live stream says so; many calls in a row are one load. */
import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

const MIN_REFRESH_MS = 400;
/** A refresh may use this share of the time: a large run that grows is loaded less often. */
const REFRESH_COST_FACTOR = 4;

export interface Refresher {
  readonly refresh: () => void;
  readonly stop: () => void;
}

/** @param load resolves when the load it began has ended, however */
export function refresher(load: () => Promise<unknown>): Refresher {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLoading = false;
  let isWanted = false;
  let lastLoadMs = 0;
  const schedule = () => {
    timer ??= setTimeout(run, Math.max(MIN_REFRESH_MS, lastLoadMs * REFRESH_COST_FACTOR));
  };
  const run = () => {
    timer = undefined;
    isLoading = true;
    isWanted = false;
    const startedMs = Date.now();
    void load().finally(() => {
      lastLoadMs = Date.now() - startedMs;
      isLoading = false;
      if (isWanted) schedule();
    });
  };
  return {
    refresh: () => {
      if (isLoading) isWanted = true;
      else schedule();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      isWanted = false;
    },
  };
}

/** @returns asks for a refresh soon */
export function useRefresh(queryKey: QueryKey): () => void {
  const client = useQueryClient();
  const name = JSON.stringify(queryKey);
  const { refresh, stop } = useMemo(
    () => refresher(() => client.refetchQueries({ queryKey: JSON.parse(name) as QueryKey, exact: true })),
    [client, name],
  );
  useEffect(() => stop, [stop]);
  return refresh;
}
