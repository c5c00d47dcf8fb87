/** Which model call came before one in the same conversation. A guess by place; the messages then confirm or refute it. */
import { spanKind } from "../trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../trace/span-tree.ts";

/**
 * Looked for among the siblings, then (an agent that wraps each step in a span of its own) among the cousins of the
 * same name. A sibling that was still running when this call began (a parallel branch) is only the second choice.
 */
export function previousModelCall(tree: SpanTree, node: SpanNode): SpanNode | undefined {
  const parent = tree.nodes[node.parentIndex];
  const siblings = precedingCalls(tree, node, parent, 1);
  const sequential = siblings.filter((call) => call.endMs !== null && call.endMs <= node.startMs);
  const sibling = lastNamedLike(sequential, node) ?? lastNamedLike(siblings, node) ?? sequential.at(-1);
  if (sibling !== undefined || parent === undefined) return sibling;
  const cousins = precedingCalls(tree, node, tree.nodes[parent.parentIndex], 2);
  return lastNamedLike(cousins, node);
}

/** Model calls before `node`, `levels` below `ancestor` (or among the roots without one). */
function precedingCalls(tree: SpanTree, node: SpanNode, ancestor: SpanNode | undefined, levels: number): SpanNode[] {
  if (ancestor === undefined && levels > 1) return [];
  const calls: SpanNode[] = [];
  for (let i = (ancestor?.index ?? -1) + 1; i < node.index; ) {
    const candidate = tree.nodes[i]!;
    if (candidate.depth === node.depth && spanKind(candidate.span.type) === "model") calls.push(candidate);
    i += candidate.depth >= node.depth ? candidate.subtreeSize : 1;
  }
  return calls;
}

function lastNamedLike(calls: readonly SpanNode[], node: SpanNode): SpanNode | undefined {
  return calls.findLast((call) => call.span.name === node.span.name);
}
