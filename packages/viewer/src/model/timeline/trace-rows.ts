/** The rows of the trace table: which nodes are visible, and where the keyboard goes from each. No React here. */
import { type Fold, isFolded } from "../trace/fold.ts";
import { type SpanKind, spanKind } from "../trace/span-kind.ts";
import type { SpanTree } from "../trace/span-tree.ts";

const NOTHING: ReadonlySet<SpanKind> = new Set();

export interface TraceRows {
  /** Row number to node index, ascending. */
  readonly nodeIndexes: Int32Array;
  readonly count: number;
}

/** @param hidden kinds that have no rows; what is below them has */
export function visibleRows(tree: SpanTree, fold: Fold, hidden: ReadonlySet<SpanKind> = NOTHING): TraceRows {
  const nodeIndexes = new Int32Array(tree.nodes.length);
  let count = 0;
  for (let i = 0; i < tree.nodes.length; ) {
    const node = tree.nodes[i]!;
    if (hidden.size === 0 || !hidden.has(spanKind(node.span.type))) nodeIndexes[count++] = i;
    i += isFolded(fold, node) ? node.subtreeSize : 1;
  }
  return { nodeIndexes: nodeIndexes.subarray(0, count), count };
}

/** The row of a node; of its nearest visible ancestor when it is folded away; -1 without a node. */
export function rowOf(rows: TraceRows, tree: SpanTree, nodeIndex: number): number {
  for (let index = nodeIndex; index >= 0; index = tree.nodes[index]!.parentIndex) {
    const row = findRow(rows, index);
    if (row >= 0) return row;
  }
  return -1;
}

function findRow(rows: TraceRows, nodeIndex: number): number {
  let low = 0;
  let high = rows.count - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = rows.nodeIndexes[middle]!;
    if (found === nodeIndex) return middle;
    if (found < nodeIndex) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The first of ascending `indexes` after (or, backwards, before) `from`; goes round at the end. */
export function nextOf(indexes: readonly number[], from: number, backwards = false): number | undefined {
  if (backwards) return indexes.findLast((index) => index < from) ?? indexes.at(-1);
  return indexes.find((index) => index > from) ?? indexes[0];
}
