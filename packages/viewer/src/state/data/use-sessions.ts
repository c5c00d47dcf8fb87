/** Sessions (runs of one conversation), the latest first, further pages on demand. */
import type { SessionSummary } from "@everspan/protocol";
import { useInfiniteQuery } from "@tanstack/react-query";
import { listSessions } from "../../api/collector-client.ts";
import type { CollectorError } from "../../api/collector-error.ts";
import { failureOf } from "./query-client.ts";

const PAGE_SIZE = 50;
const STALE_MS = 30_000;

export interface LoadedSessions {
  readonly sessions: readonly SessionSummary[] | undefined;
  readonly hasMore: boolean;
  readonly error: CollectorError | undefined;
  readonly retry: () => void;
  readonly loadMore: () => void;
}

/** @param user only theirs; null: everybody's */
export function useSessions(user: string | null): LoadedSessions {
  const query = useInfiniteQuery({
    queryKey: ["sessions", user],
    queryFn: ({ pageParam, signal }) =>
      listSessions(
        {
          limit: PAGE_SIZE,
          ...(pageParam === null ? {} : { cursor: pageParam }),
          ...(user === null ? {} : { user }),
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    staleTime: STALE_MS,
  });
  const failure = query.error ?? query.failureReason;
  return {
    sessions: query.data?.pages.flatMap(({ sessions }) => sessions),
    hasMore: query.hasNextPage,
    error: failure === null ? undefined : failureOf(failure),
    retry: () => void query.refetch({ cancelRefetch: true }),
    loadMore: () => void query.fetchNextPage(),
  };
}
