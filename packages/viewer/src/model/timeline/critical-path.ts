/** The chain of spans that the run's end waited for: without one of them being faster, the run would not be. */
import type { SpanTree } from "../trace/span-tree.ts";

/** @returns indexes of the nodes on it */
export function criticalPath(tree: SpanTree): ReadonlySet<number> {
  const onPath = new Set<number>();
  const roots = childrenOf(tree, -1);
  const last = roots.reduce<number | undefined>(
    (latest, index) => (latest === undefined || endOf(tree, index) > endOf(tree, latest) ? index : latest),
    undefined,
  );
  if (last === undefined) return onPath;
  const pending: { readonly index: number; readonly untilMs: number }[] = [{ index: last, untilMs: endOf(tree, last) }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    onPath.add(item.index);
    let cursorMs = Math.min(item.untilMs, endOf(tree, item.index));
    // From the end back to the start: the child that ended last before the cursor is what was waited for.
    const children = childrenOf(tree, item.index).sort((a, b) => endOf(tree, b) - endOf(tree, a));
    for (const child of children) {
      const endMs = endOf(tree, child);
      if (endMs > cursorMs + 1e-6) continue;
      pending.push({ index: child, untilMs: endMs });
      cursorMs = tree.nodes[child]!.startMs;
    }
  }
  return onPath;
}

function endOf(tree: SpanTree, index: number): number {
  return tree.nodes[index]!.endMs ?? tree.endMs;
}

function childrenOf(tree: SpanTree, index: number): number[] {
  const end = index < 0 ? tree.nodes.length : index + tree.nodes[index]!.subtreeSize;
  const children: number[] = [];
  for (let i = index + 1; i < end; i += tree.nodes[i]!.subtreeSize) children.push(i);
  return children;
}
