/**
 * A run as a story: its model calls as steps, each with the tools it asked for; sub-agents as chapters; what is neither
 * as a line; and where nothing was recorded for long, a gap. In order of time, flat, for a virtual list.
 */
import type { Fold } from "../trace/fold.ts";
import { isFolded } from "../trace/fold.ts";
import { spanKind } from "../trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../trace/span-tree.ts";

export type StoryRow =
  | {
      readonly kind: "step";
      /** Counted over the whole run, from 1. */
      readonly number: number;
      readonly node: SpanNode;
      readonly depth: number;
      /** The spans of the tools that ran after it and before the next step. */
      readonly tools: readonly SpanNode[];
    }
  | {
      readonly kind: "agent";
      readonly node: SpanNode;
      readonly depth: number;
      readonly stepCount: number;
      readonly isFolded: boolean;
    }
  | { readonly kind: "span"; readonly node: SpanNode; readonly depth: number }
  | { readonly kind: "gap"; readonly afterIndex: number; readonly depth: number; readonly ms: number };

export interface Story {
  readonly rows: readonly StoryRow[];
  readonly stepCount: number;
  /** The row that shows a node; a node without one is shown by that of its nearest ancestor. */
  readonly rowOfNode: ReadonlyMap<number, number>;
  /** The number of the step that shows a node. */
  readonly stepOfNode: ReadonlyMap<number, number>;
}

/** A gap is shown when it takes this share of the run, and at least so long. */
const GAP_SHARE = 0.05;
const MIN_GAP_MS = 500;

interface Frame {
  readonly endIndex: number;
  readonly depth: number;
  tools: SpanNode[] | undefined;
  busyUntilMs: number;
}

export function storyOf(tree: SpanTree, fold: Fold): Story {
  const counts = countBelow(tree);
  const rows: StoryRow[] = [];
  const gapMs = Math.max(MIN_GAP_MS, (tree.endMs - tree.startMs) * GAP_SHARE);
  const frames: Frame[] = [newFrame(tree.nodes.length, 0, tree.startMs)];
  let number = 0;
  for (let i = 0; i < tree.nodes.length; ) {
    while (frames.length > 1 && i >= frames.at(-1)!.endIndex) leave(frames);
    const frame = frames.at(-1)!;
    const node = tree.nodes[i]!;
    const role = roleOf(tree, node, counts);
    if (role === "wrapper") {
      i++;
      continue;
    }
    const idleMs = node.startMs - frame.busyUntilMs;
    if (idleMs > gapMs) rows.push({ kind: "gap", afterIndex: i, depth: frame.depth, ms: idleMs });
    if (role === "agent") {
      const isShut = isFolded(fold, node);
      rows.push({ kind: "agent", node, depth: frame.depth, stepCount: counts.steps[i]!, isFolded: isShut });
      frame.tools = undefined;
      if (isShut) number += counts.steps[i]!;
      else frames.push(newFrame(i + node.subtreeSize, frame.depth + 1, node.startMs));
      i += isShut ? node.subtreeSize : 1;
      if (isShut) frame.busyUntilMs = Math.max(frame.busyUntilMs, node.endMs ?? tree.endMs);
      continue;
    }
    frame.busyUntilMs = Math.max(frame.busyUntilMs, node.endMs ?? tree.endMs);
    if (role === "step") {
      frame.tools = [];
      rows.push({ kind: "step", number: ++number, node, depth: frame.depth, tools: frame.tools });
      i++;
    } else {
      if (role === "tool" && frame.tools !== undefined) frame.tools.push(node);
      else rows.push({ kind: "span", node, depth: frame.depth });
      i += node.subtreeSize;
    }
  }
  return { rows, stepCount: number, ...indexRows(rows) };
}

function newFrame(endIndex: number, depth: number, busyUntilMs: number): Frame {
  return { endIndex, depth, tools: undefined, busyUntilMs };
}

function leave(frames: Frame[]): void {
  const inner = frames.pop()!;
  const outer = frames.at(-1)!;
  outer.busyUntilMs = Math.max(outer.busyUntilMs, inner.busyUntilMs);
}

interface Counts {
  /** Steps in the subtree, the node itself included. */
  readonly steps: Int32Array;
  readonly tools: Int32Array;
  readonly isStep: Uint8Array;
}

/** A model call that holds another is its wrapper: the inner one is the call that was made. */
function countBelow(tree: SpanTree): Counts {
  const steps = new Int32Array(tree.nodes.length);
  const tools = new Int32Array(tree.nodes.length);
  const isStep = new Uint8Array(tree.nodes.length);
  for (let i = tree.nodes.length - 1; i >= 0; i--) {
    const node = tree.nodes[i]!;
    const kind = spanKind(node.span.type);
    if (kind === "model" && steps[i] === 0) {
      steps[i] = 1;
      isStep[i] = 1;
    }
    if (kind === "tool") tools[i]!++;
    if (node.parentIndex < 0) continue;
    steps[node.parentIndex]! += steps[i]!;
    tools[node.parentIndex]! += tools[i]!;
  }
  return { steps, tools, isStep };
}

type Role = "step" | "tool" | "agent" | "span" | "wrapper";

function roleOf(tree: SpanTree, node: SpanNode, { steps, tools, isStep }: Counts): Role {
  const kind = spanKind(node.span.type);
  const stepCount = steps[node.index]!;
  if (isStep[node.index] === 1) return "step";
  if (stepCount > 0) return isChapter(tree, node, stepCount, steps) ? "agent" : "wrapper";
  if (kind === "tool") return "tool";
  // A root with nothing but plain spans in it is the run itself.
  return node.childCount > 0 && (tools[node.index]! > 0 || node.depth === 0) ? "wrapper" : "span";
}

/**
 * A span that holds model calls is a chapter of its own when it is a tool or an agent beside others; what holds all the
 * steps of what is around it, or wraps one step as its siblings do, only gives its contents.
 */
function isChapter(tree: SpanTree, node: SpanNode, stepCount: number, steps: Int32Array): boolean {
  const kind = spanKind(node.span.type);
  const parent = tree.nodes[node.parentIndex];
  if (parent === undefined) return false;
  if (kind === "tool") return true;
  if (kind === "model" || stepCount === steps[parent.index]!) return false;
  return stepCount > 1 || (kind === "agent" && !hasSiblingLike(tree, node, parent));
}

/** Looked for among the first ones: where a hundred differ, the next will too. */
function hasSiblingLike(tree: SpanTree, node: SpanNode, parent: SpanNode): boolean {
  const pattern = namePattern(node);
  const end = parent.index + parent.subtreeSize;
  for (let i = parent.index + 1, n = 0; i < end && n < 100; i += tree.nodes[i]!.subtreeSize, n++) {
    if (i !== node.index && namePattern(tree.nodes[i]!) === pattern) return true;
  }
  return false;
}

/** `step 3` and `step 12` are alike. */
function namePattern(node: SpanNode): string {
  return node.span.name.slice(0, 200).replace(/\d+/g, "#");
}

function indexRows(rows: readonly StoryRow[]): Pick<Story, "rowOfNode" | "stepOfNode"> {
  const rowOfNode = new Map<number, number>();
  const stepOfNode = new Map<number, number>();
  rows.forEach((row, index) => {
    if (row.kind === "gap") return;
    rowOfNode.set(row.node.index, index);
    if (row.kind !== "step") return;
    stepOfNode.set(row.node.index, row.number);
    for (const tool of row.tools) {
      rowOfNode.set(tool.index, index);
      stepOfNode.set(tool.index, row.number);
    }
  });
  return { rowOfNode, stepOfNode };
}

/** The row that shows a node or holds it; -1 when none does. */
export function storyRowOf(story: Story, tree: SpanTree, nodeIndex: number): number {
  for (let i = nodeIndex; i >= 0; i = tree.nodes[i]!.parentIndex) {
    const row = story.rowOfNode.get(i);
    if (row !== undefined) return row;
  }
  return -1;
}

/** The nodes that the keyboard stops at, in the order in which they are read. */
export function storyStops(story: Story): readonly number[] {
  return story.rows.flatMap((row) => {
    if (row.kind === "gap") return [];
    return row.kind === "step" ? [row.node.index, ...row.tools.map(({ index }) => index)] : [row.node.index];
  });
}
