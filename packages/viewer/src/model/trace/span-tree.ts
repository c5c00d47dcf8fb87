/**
 * A trace's spans as a tree, laid out flat in preorder: a node's subtree is the run of `subtreeSize` nodes that begins
 * with it. So every walk is a loop (a trace may be 5,000 levels deep) and every step here is linear in the spans,
 * apart from the sorting of siblings.
 *
 * Traces come from the wild: a parent may be missing, parents may form a cycle, an id may occur twice. Every span
 * appears exactly once all the same, and what is odd about its place is said by `misplacement`.
 */
import type { StoredSpan } from "@everspan/protocol";
import { instantMs } from "../text/instant.ts";
import { mayStillEnd, spanLiveness } from "./liveness.ts";
import { runWhole, type Steps } from "./steps.ts";
import { addUsage, isSameUsage, NO_USAGE, type Usage, usageOf } from "./usage.ts";

/** `orphan`: its parent is not in the trace. `cycle`: it is its own ancestor, so it was taken as a root. */
export type Misplacement = "orphan" | "cycle";

export interface SpanNode {
  readonly span: StoredSpan;
  /** Position in preorder. */
  readonly index: number;
  readonly depth: number;
  /** -1 for a root. */
  readonly parentIndex: number;
  readonly childCount: number;
  /** The node and all below it. `index + subtreeSize` is the next node that is not below it. */
  readonly subtreeSize: number;
  readonly startMs: number;
  /** Null for a span that has not ended. */
  readonly endMs: number | null;
  /** Time in which no child was running. */
  readonly selfMs: number;
  /** Errors in the subtree, the node's own not counted. */
  readonly errorsBelow: number;
  /** The span's own tokens and cost; where it has none, the sum of its children's. */
  readonly usage: Usage;
  readonly misplacement: Misplacement | null;
}

export interface SpanTree {
  /** In preorder; siblings by start time. */
  readonly nodes: readonly SpanNode[];
  readonly indexById: ReadonlyMap<string, number>;
  readonly startMs: number;
  /** The latest end or start of any span. */
  readonly endMs: number;
  /** Indexes of the spans that failed, ascending. */
  readonly errorIndexes: readonly number[];
  /** Of those the ones that hold no failing span: one fault fails its ancestors too, and counts once. */
  readonly causeIndexes: readonly number[];
  /** Spans of which an end may still come. */
  readonly runningCount: number;
}

const NONE = -1;

export function buildSpanTree(spans: readonly StoredSpan[]): SpanTree {
  return runWhole(spanTreeSteps(spans));
}

/**
 * The same with pauses: 100,000 spans take a third of a second.
 * @param before nodes that are as they were in this tree keep their identity
 */
export function* spanTreeSteps(spans: readonly StoredSpan[], before?: SpanTree): Steps<SpanTree> {
  const times = readTimes(spans);
  yield;
  const links = linkChildren(spans, times.starts);
  yield;
  const order = preorder(spans.length, links, times.starts);
  yield;
  const nodes = withKept(yield* assemble(spans, times, order), before);
  const errors = nodes.filter((node) => node.span.status === "ERROR");
  return {
    nodes,
    indexById: indexById(nodes),
    startMs: times.startMs,
    endMs: times.endMs,
    errorIndexes: errors.map((node) => node.index),
    causeIndexes: errors.filter((node) => node.errorsBelow === 0).map((node) => node.index),
    runningCount: nodes.reduce((count, node) => count + (mayStillEnd(spanLiveness(node.span)) ? 1 : 0), 0),
  };
}

interface Times {
  readonly starts: Float64Array;
  /** NaN while a span runs. */
  readonly ends: Float64Array;
  readonly startMs: number;
  readonly endMs: number;
}

function readTimes(spans: readonly StoredSpan[]): Times {
  const starts = new Float64Array(spans.length);
  const ends = new Float64Array(spans.length);
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < spans.length; i++) {
    const span = spans[i]!;
    const start = instantMs(span.startTime);
    const end = span.endTime === undefined || span.endTime === null ? Number.NaN : instantMs(span.endTime);
    starts[i] = Number.isNaN(start) ? 0 : start;
    // A clock that was set back must not draw a bar to the left; NaN, a running span, stays.
    ends[i] = Math.max(starts[i]!, end);
    startMs = Math.min(startMs, starts[i]!);
    endMs = Math.max(endMs, starts[i]!, Number.isNaN(ends[i]!) ? starts[i]! : ends[i]!);
  }
  return spans.length === 0 ? { starts, ends, startMs: 0, endMs: 0 } : { starts, ends, startMs, endMs };
}

interface Links {
  readonly parents: Int32Array;
  /** Children of each span, by start time. */
  readonly children: readonly (readonly number[])[];
  readonly orphans: ReadonlySet<number>;
  readonly roots: readonly number[];
}

const NO_CHILDREN: readonly number[] = [];

function linkChildren(spans: readonly StoredSpan[], starts: Float64Array): Links {
  const byId = new Map<string, number>();
  for (let i = 0; i < spans.length; i++) if (!byId.has(spans[i]!.id)) byId.set(spans[i]!.id, i);
  const parents = new Int32Array(spans.length).fill(NONE);
  const children: (number[] | undefined)[] = new Array(spans.length);
  const orphans = new Set<number>();
  const roots: number[] = [];
  for (let i = 0; i < spans.length; i++) {
    const parentId = spans[i]!.parentId;
    const parent = parentId ? (byId.get(parentId) ?? NONE) : NONE;
    if (parent === NONE) {
      roots.push(i);
      if (parentId) orphans.add(i);
      continue;
    }
    parents[i] = parent;
    const siblings = children[parent];
    if (siblings === undefined) children[parent] = [i];
    else siblings.push(i);
  }
  const byStart = (a: number, b: number) => starts[a]! - starts[b]! || a - b;
  roots.sort(byStart);
  const sorted = Array.from(children, (list) => (list === undefined ? NO_CHILDREN : list.sort(byStart)));
  return { parents, children: sorted, orphans, roots };
}

interface Visit {
  readonly spanIndex: number;
  readonly depth: number;
  readonly parentIndex: number;
  readonly misplacement: Misplacement | null;
}

/** Walks from the roots; what no root reaches lies on or below a cycle, which is cut at its earliest span. */
function preorder(count: number, links: Links, starts: Float64Array): readonly Visit[] {
  const visits: Visit[] = [];
  const isVisited = new Uint8Array(count);
  const stack: Visit[] = [];
  const walkFrom = (root: number, misplacement: Misplacement | null) => {
    stack.push({ spanIndex: root, depth: 0, parentIndex: NONE, misplacement });
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      if (isVisited[visit.spanIndex] === 1) continue;
      isVisited[visit.spanIndex] = 1;
      const parentIndex = visits.push(visit) - 1;
      const children = links.children[visit.spanIndex]!;
      for (let i = children.length - 1; i >= 0; i--) {
        stack.push({ spanIndex: children[i]!, depth: visit.depth + 1, parentIndex, misplacement: null });
      }
    }
  };
  for (const root of links.roots) walkFrom(root, links.orphans.has(root) ? "orphan" : null);
  for (let i = 0; visits.length < count && i < count; i++) {
    if (isVisited[i] === 0) walkFrom(earliestOnCycle(i, links.parents, starts), "cycle");
  }
  return visits;
}

/** From a span that no root reaches, going up ends in a cycle. */
function earliestOnCycle(from: number, parents: Int32Array, starts: Float64Array): number {
  const seen = new Set<number>();
  let onCycle = from;
  while (!seen.has(onCycle)) {
    seen.add(onCycle);
    onCycle = parents[onCycle]!;
  }
  let earliest = onCycle;
  for (let i = parents[onCycle]!; i !== onCycle; i = parents[i]!) {
    if (starts[i]! < starts[earliest]!) earliest = i;
  }
  return earliest;
}

/** Fills in what depends on the children: from the last node to the first, a node's children are complete before it. */
function* assemble(spans: readonly StoredSpan[], times: Times, order: readonly Visit[]): Steps<SpanNode[]> {
  const count = order.length;
  const subtreeSize = new Int32Array(count).fill(1);
  const childCount = new Int32Array(count);
  const errorsBelow = new Int32Array(count);
  const usages: Usage[] = new Array<Usage>(count).fill(NO_USAGE);
  for (let i = count - 1; i >= 0; i--) {
    const visit = order[i]!;
    const span = spans[visit.spanIndex]!;
    const own = usageOf(span);
    if (own !== NO_USAGE) usages[i] = own;
    const parent = visit.parentIndex;
    if (parent === NONE) continue;
    childCount[parent]!++;
    subtreeSize[parent]! += subtreeSize[i]!;
    errorsBelow[parent]! += errorsBelow[i]! + (span.status === "ERROR" ? 1 : 0);
    usages[parent] = addUsage(usages[parent]!, usages[i]!);
  }
  yield;
  const busyMs = busyTimes(order, times);
  yield;
  return order.map((visit, index) => {
    const startMs = times.starts[visit.spanIndex]!;
    const end = times.ends[visit.spanIndex]!;
    const wholeMs = (Number.isNaN(end) ? Math.max(times.endMs, startMs) : end) - startMs;
    return {
      span: spans[visit.spanIndex]!,
      index,
      depth: visit.depth,
      parentIndex: visit.parentIndex,
      childCount: childCount[index]!,
      subtreeSize: subtreeSize[index]!,
      startMs,
      endMs: Number.isNaN(end) ? null : end,
      selfMs: Math.max(0, wholeMs - busyMs[index]!),
      errorsBelow: errorsBelow[index]!,
      usage: usages[index]!,
      misplacement: visit.misplacement,
    };
  });
}

/** For each node the time that its children cover. Preorder meets a node's children by start, so one sweep does. */
function busyTimes(order: readonly Visit[], times: Times): Float64Array {
  const busyMs = new Float64Array(order.length);
  const coveredUntil = new Float64Array(order.length).fill(Number.NEGATIVE_INFINITY);
  for (const visit of order) {
    const parent = visit.parentIndex;
    if (parent === NONE) continue;
    const start = times.starts[visit.spanIndex]!;
    const ownEnd = times.ends[visit.spanIndex]!;
    const parentSpan = order[parent]!.spanIndex;
    const parentEnd = times.ends[parentSpan]!;
    const limit = Number.isNaN(parentEnd) ? times.endMs : parentEnd;
    const end = Math.min(Number.isNaN(ownEnd) ? times.endMs : ownEnd, limit);
    const from = Math.max(start, coveredUntil[parent]!, times.starts[parentSpan]!);
    if (end > from) busyMs[parent]! += end - from;
    coveredUntil[parent] = Math.max(coveredUntil[parent]!, end);
  }
  return busyMs;
}

function indexById(nodes: readonly SpanNode[]): Map<string, number> {
  const map = new Map<string, number>();
  for (const node of nodes) if (!map.has(node.span.id)) map.set(node.span.id, node.index);
  return map;
}

function withKept(nodes: readonly SpanNode[], before: SpanTree | undefined): readonly SpanNode[] {
  if (before === undefined) return nodes;
  return nodes.map((node) => {
    const old = before.nodes[before.indexById.get(node.span.id) ?? NONE];
    return old !== undefined && isSameNode(old, node) ? old : node;
  });
}

function isSameNode(a: SpanNode, b: SpanNode): boolean {
  const keys = Object.keys(b) as (keyof SpanNode)[];
  return keys.every((key) => a[key] === b[key] || (key === "usage" && isSameUsage(a.usage, b.usage)));
}
