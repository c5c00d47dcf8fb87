/** What was found here, and what the collector found besides: one list, in the tree's order, each span once. */
import type { SearchHit } from "@everspan/protocol";
import type { SpanTree } from "./span-tree.ts";

/** @param here node indexes, ascending @returns the same list when the collector adds nothing */
export function withFound(here: readonly number[], tree: SpanTree, hits: readonly SearchHit[]): readonly number[] {
  const known = new Set(here);
  const added = new Set<number>();
  for (const { spanId } of hits) {
    const index = tree.indexById.get(spanId);
    if (index !== undefined && !known.has(index)) added.add(index);
  }
  return added.size === 0 ? here : [...here, ...added].sort((a, b) => a - b);
}
