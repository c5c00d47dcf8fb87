/** The spans that a search finds. Searching 100,000 spans takes a while, so it is done in slices beside the typing. */
import { useEffect, useState } from "react";
import { searchSteps } from "../../model/trace/search.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { runInSlices } from "../../model/trace/steps.ts";

const NONE: readonly number[] = [];

/** The matches of the search before stay until the present one is done. */
export function useMatches(tree: SpanTree, query: string): readonly number[] {
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
