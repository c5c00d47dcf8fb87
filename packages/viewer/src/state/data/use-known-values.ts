/** Values of the filter's keys, for completion: the collector's most frequent ones, else those of the runs at hand. */
import { FACET_FIELDS, type FacetField } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { listFacets } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import type { KnownValues } from "../../model/runs/filter-completion.ts";
import { knownValues } from "../../model/runs/known-values.ts";

/** A status is named by the filter itself. */
const FIELDS = FACET_FIELDS.filter((field) => field !== "status");
const STALE_MS = 60_000;

/** @param isWanted false while nobody filters: then nothing is asked */
export function useKnownValues(runs: readonly RunSummary[], isWanted: boolean): KnownValues {
  const { data } = useQuery({
    queryKey: ["facets"],
    queryFn: ({ signal }) => listFacets(FIELDS, signal),
    enabled: isWanted,
    staleTime: STALE_MS,
    // A store without facets says so each time.
    retry: false,
  });
  return useMemo(() => {
    const atHand = knownValues(runs);
    return (key) => {
      const values = data?.facets[key as FacetField]?.map(({ value }) => value);
      return values !== undefined && values.length > 0 ? values : atHand(key);
    };
  }, [data, runs]);
}
