/** Search within one trace, over what its rows show: every word must occur in a span. */
import type { SpanTree } from "./span-tree.ts";
import { runAtOnce, type Steps } from "./steps.ts";

const SPANS_A_STEP = 2000;

/** @returns indexes of the matching nodes, ascending; none for an empty query */
export function findSpans(tree: SpanTree, query: string): readonly number[] {
  return runAtOnce(searchSteps(tree, query));
}

export function* searchSteps(tree: SpanTree, query: string): Steps<readonly number[]> {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const matches: number[] = [];
  for (const node of tree.nodes) {
    const text = searchTextOf(node.span).toLowerCase();
    if (words.every((word) => text.includes(word))) matches.push(node.index);
    if (node.index % SPANS_A_STEP === 0) yield;
  }
  return matches;
}

function searchTextOf(span: SpanTree["nodes"][number]["span"]): string {
  const error = span.error ? `\n${span.error.type}\n${span.error.message}` : "";
  return `${span.name}\n${span.type}\n${span.model ?? ""}\n${span.id}\n${span.status}${error}`;
}
