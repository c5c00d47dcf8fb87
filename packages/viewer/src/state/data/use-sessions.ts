/** Sessions (runs of one conversation), the latest first, further pages on demand. */
import type { SessionSummary } from "@everspan/protocol";
import { useInfiniteQuery } from "@tanstack/react-query";
import { listSessions } from "../../api/collector-client.ts";
import { polled, type ServerData, serverData } from "./query-client.ts";

const PAGE_SIZE = 50;
const STALE_MS = 30_000;

export interface LoadedSessions extends ServerData<readonly SessionSummary[]> {
  readonly hasMore: boolean;
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
    ...polled(STALE_MS),
  });
  const { value, ...loaded } = serverData(query);
  return {
    ...loaded,
    value: value?.pages.flatMap(({ sessions }) => sessions),
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
  };
}
