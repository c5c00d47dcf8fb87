/**
 * How the viewer keeps what the collector knows: shown while it loads again, kept when the collector goes away (with the
 * failure beside it, so that the page can say since when it is stale), asked for again until it is back.
 */
import { type FetchQueryOptions, hashKey, QueryClient, type UseQueryResult } from "@tanstack/react-query";
import { CollectorError } from "../../api/collector-error.ts";

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 10_000;
/** How long a page that was left can be shown again immediately. */
const KEPT_MS = 10 * 60_000;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Data changes when the live stream says so, not because a window got the focus.
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: KEPT_MS,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // The collector may be on this machine: what the browser believes of the network says nothing of it.
        networkMode: "always",
        retry: (_, error) => failureOf(error).kind === "unreachable",
        retryDelay: (failures) => Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures),
      },
    },
  });
}

/**
 * For what the live stream says nothing of: loaded again every so often while it is looked at, and when a tab is shown
 * that was hidden for longer.
 */
export function polled(intervalMs: number) {
  return { staleTime: intervalMs, refetchInterval: intervalMs, refetchOnWindowFocus: true } as const;
}

/**
 * Begins a query that a page will ask for. Resolves with the first data, of which more may come, or with the first
 * failure, which the page tells.
 */
export function untilLoaded<T>(client: QueryClient, query: FetchQueryOptions<T>): Promise<void> {
  return new Promise((resolve) => {
    const hash = hashKey(query.queryKey);
    const stop = client.getQueryCache().subscribe(({ query: { queryHash, state } }) => {
      if (queryHash !== hash || (state.data === undefined && state.fetchFailureCount === 0)) return;
      stop();
      resolve();
    });
    void client.prefetchQuery(query);
  });
}

export interface ServerData<T> {
  readonly value: T | undefined;
  /** Why the last try failed; `value`, if there is one, is then as old as `loadedAtMs` says. */
  readonly error: CollectorError | undefined;
  readonly loadedAtMs: number | undefined;
  readonly retry: () => void;
}

/** What a page reads of a query, of pages or not. */
type QueryResult<T> = Pick<
  UseQueryResult<T>,
  "data" | "error" | "failureReason" | "dataUpdatedAt" | "isPlaceholderData"
> & { readonly refetch: (options: { readonly cancelRefetch: boolean }) => Promise<unknown> };

/**
 * A query's result as pages read it. A failure is shown from its first try on, not when retries have ended; what stood in
 * for the answer while it was on its way (that of the question before) no longer does then.
 */
export function serverData<T>(query: QueryResult<T>): ServerData<T> {
  const failure = query.error ?? query.failureReason;
  return {
    value: query.isPlaceholderData && failure !== null ? undefined : query.data,
    error: failure === null ? undefined : failureOf(failure),
    loadedAtMs: query.dataUpdatedAt === 0 ? undefined : query.dataUpdatedAt,
    retry: () => void query.refetch({ cancelRefetch: true }),
  };
}

export function failureOf(cause: unknown): CollectorError {
  return cause instanceof CollectorError
    ? cause
    : new CollectorError("unreachable", "the answer was cut short", { cause });
}
