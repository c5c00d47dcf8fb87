/**
 * Which subtrees are folded: a default for the whole tree and the spans that differ from it. So "fold all" of 100,000
 * spans is one word, in memory and in a link.
 */
import type { SpanNode, SpanTree } from "./span-tree.ts";

export interface Fold {
  readonly base: "open" | "folded";
  /** Ids of the spans that are the other way round than `base`. */
  readonly toggled: ReadonlySet<string>;
}

export const ALL_OPEN: Fold = { base: "open", toggled: new Set() };
export const ALL_FOLDED: Fold = { base: "folded", toggled: new Set() };

/** Roots stay open when all is folded: a tree of one row shows nothing. */
export function isFolded(fold: Fold, node: SpanNode): boolean {
  const byDefault = fold.base === "folded" && node.depth > 0;
  return node.childCount > 0 && byDefault !== fold.toggled.has(node.span.id);
}

export function setFolded(fold: Fold, node: SpanNode, folded: boolean): Fold {
  if (node.childCount === 0 || isFolded(fold, node) === folded) return fold;
  const toggled = new Set(fold.toggled);
  if (!toggled.delete(node.span.id)) toggled.add(node.span.id);
  return { base: fold.base, toggled };
}

/** Opens every ancestor of a node, so that it has a row. */
export function reveal(fold: Fold, tree: SpanTree, index: number): Fold {
  let revealed = fold;
  for (let i = tree.nodes[index]?.parentIndex ?? -1; i >= 0; i = tree.nodes[i]!.parentIndex) {
    revealed = setFolded(revealed, tree.nodes[i]!, false);
  }
  return revealed;
}
