/** Where the words of a filter stand in what runs said and were told: the collector's full-text search. */
import type { SearchHit } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { searchText } from "../../api/collector-client.ts";
import { distinctHits } from "../../model/runs/list-rows.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { polled } from "./query-client.ts";

/** The list is of runs: of what they say, it shows the newest places. */
export const MAX_HITS = 50;
const STALE_MS = 10_000;

export interface SearchHits {
  readonly hits: readonly SearchHit[];
  readonly hasMore: boolean;
}

const NONE: SearchHits = { hits: [], hasMore: false };

/** @param filter in the list's grammar; its words are looked for, whatever its terms */
export function useSearchHits(filter: string): SearchHits {
  const { text } = readFilter(filter);
  const query = useQuery({
    queryKey: ["search", text],
    queryFn: ({ signal }) => searchText(text, MAX_HITS, signal),
    enabled: text.length > 1,
    ...polled(STALE_MS),
    retry: false,
    placeholderData: (before) => (text.length > 1 ? before : undefined),
  });
  const { data } = query;
  return useMemo(
    () =>
      data === undefined || text.length <= 1
        ? NONE
        : { hits: distinctHits(data.hits), hasMore: data.nextCursor !== null },
    [data, text],
  );
}
