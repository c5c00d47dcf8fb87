/** The strip above a run as a few paths: one a kind, so that 100,000 spans are as many shapes as ten. */
import { type SpanKind, spanKind } from "../trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../trace/span-tree.ts";

export interface Minimap {
  readonly width: number;
  readonly height: number;
  readonly paths: readonly { readonly kind: SpanKind; readonly path: string }[];
  readonly errors: string;
  /** @param share of the run's time @returns the innermost work going on then, or the nearest */
  readonly nodeAt: (share: number) => number | undefined;
}

const MAX_LANES = 4;
const HEIGHT = 28;
/** Above the lanes: where only failures stand. */
const ERROR_HEIGHT = 4;

/** @param columns how many pixels it is drawn on: what is narrower becomes one of them */
export function minimapOf(tree: SpanTree, endMs: number, columns: number): Minimap {
  const wholeMs = Math.max(1, endMs - tree.startMs);
  const toColumn = (ms: number) =>
    Math.min(columns - 1, Math.max(0, Math.floor(((ms - tree.startMs) / wholeMs) * columns)));
  const lanes: Int32Array[] = [];
  // What each lane is taken until: times, not columns, or else what follows on would be drawn as if beside it.
  const takenUntil: number[] = [];
  for (const node of byStart(tree.nodes.filter(isWork))) {
    const free = takenUntil.findIndex((untilMs) => untilMs <= node.startMs + 1e-6);
    const number = free >= 0 ? free : Math.min(lanes.length, MAX_LANES - 1);
    lanes[number] ??= new Int32Array(columns).fill(-1);
    takenUntil[number] = Math.max(takenUntil[number] ?? 0, node.endMs ?? endMs);
    const from = toColumn(node.startMs);
    // Up to the column of the end, which is the next one's.
    const to = Math.max(from, toColumn(node.endMs ?? endMs) - 1);
    lanes[number].fill(node.index, lanes[number][from] !== -1 && to > from ? from + 1 : from, to + 1);
  }
  const laneHeight = (HEIGHT - ERROR_HEIGHT) / Math.max(1, lanes.length);
  const failed = new Uint8Array(columns);
  for (const index of tree.causeIndexes) failed[toColumn(tree.nodes[index]!.endMs ?? tree.nodes[index]!.startMs)] = 1;
  return {
    width: columns,
    height: HEIGHT,
    paths: pathsOf(tree, lanes, laneHeight),
    errors: [...failed].map((isFailed, x) => (isFailed ? rectangle(x - 1, 0, 3, HEIGHT) : "")).join(""),
    nodeAt: (share) => nearest(lanes, Math.min(columns - 1, Math.floor(share * columns))),
  };
}

/** They mostly are in that order already. */
function byStart(nodes: readonly SpanNode[]): readonly SpanNode[] {
  const isSorted = nodes.every((node, index) => index === 0 || nodes[index - 1]!.startMs <= node.startMs);
  return isSorted ? nodes : nodes.toSorted((a, b) => a.startMs - b.startMs);
}

function isWork(node: SpanNode): boolean {
  return node.childCount === 0 || ["model", "tool"].includes(spanKind(node.span.type));
}

function pathsOf(tree: SpanTree, lanes: readonly Int32Array[], laneHeight: number): Minimap["paths"] {
  const paths = new Map<SpanKind, string[]>();
  lanes.forEach((lane, number) => {
    for (let from = 0; from < lane.length; ) {
      const index = lane[from]!;
      let to = from + 1;
      while (to < lane.length && lane[to] === index) to++;
      if (index >= 0) {
        const kind = spanKind(tree.nodes[index]!.span.type);
        const y = ERROR_HEIGHT + number * laneHeight;
        const path = rectangle(from, y, Math.max(1, to - from - 0.5), laneHeight - 1.5);
        const known = paths.get(kind);
        if (known === undefined) paths.set(kind, [path]);
        else known.push(path);
      }
      from = to;
    }
  });
  return [...paths].map(([kind, parts]) => ({ kind, path: parts.join("") }));
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

function nearest(lanes: readonly Int32Array[], column: number): number | undefined {
  for (let distance = 0; distance < (lanes[0]?.length ?? 0); distance++) {
    for (const lane of lanes) {
      for (const at of [column - distance, column + distance]) {
        const index = lane[at];
        if (index !== undefined && index >= 0) return index;
      }
    }
  }
  return undefined;
}
