/**
 * The spans that a search finds: in what came with the run, and, by the collector's own index, in the payloads that were
 * too large to come with it. Searching 100,000 spans takes a while, so it is done in slices beside the typing.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { searchText } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { withFound } from "../../model/trace/found-spans.ts";
import { searchSteps } from "../../model/trace/search.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { runInSlices } from "../../model/trace/steps.ts";

const NONE: readonly number[] = [];
/** As many places as one answer of the index holds. */
const MAX_HITS = 200;
/** While somebody types, the index is not asked at each letter. */
const SETTLE_MS = 250;
/** How often what a running run said since is looked through, in milliseconds. */
const RUNNING_MS = 15_000;

/** The matches of the search before stay until the present one is done. */
export function useMatches(
  tree: SpanTree,
  { traceId, running, revision }: Pick<RunSummary, "traceId" | "running" | "revision">,
  query: string,
): readonly number[] {
  const here = useLoadedMatches(tree, query);
  const settled = useSettled(query.trim());
  const { data } = useQuery({
    queryKey: ["search in", traceId, settled, running ? "running" : revision],
    refetchInterval: running ? RUNNING_MS : false,
    queryFn: ({ signal }) => searchText(settled, MAX_HITS, signal, traceId),
    enabled: settled.length > 1,
    retry: false,
  });
  const isCurrent = settled === query.trim() && settled.length > 1;
  return useMemo(
    () => (isCurrent && data !== undefined ? withFound(here, tree, data.hits) : here),
    [here, tree, data, isCurrent],
  );
}

function useLoadedMatches(tree: SpanTree, query: string): readonly number[] {
  const [matches, setMatches] = useState(NONE);
  useEffect(() => {
    if (query.trim() === "") {
      setMatches(NONE);
      return;
    }
    const controller = new AbortController();
    runInSlices(searchSteps(tree, query), controller.signal).then(
      (found) => {
        if (!controller.signal.aborted) setMatches(found);
      },
      () => {},
    );
    return () => controller.abort();
  }, [tree, query]);
  return matches;
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
