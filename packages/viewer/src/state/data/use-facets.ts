/** How often each value of some fields occurs among the runs that a filter matches. */
import type { FacetField, FacetsResponse } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { listFacets } from "../../api/collector-client.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { polled, type ServerData, serverData } from "./query-client.ts";

const STALE_MS = 30_000;

export function useFacets(fields: readonly FacetField[], filter: string): ServerData<FacetsResponse> {
  const { query } = readFilter(filter);
  return serverData(
    useQuery({
      queryKey: ["facets of", fields, query],
      queryFn: ({ signal }) => listFacets(fields, signal, query),
      ...polled(STALE_MS),
      placeholderData: (before) => before,
    }),
  );
}
