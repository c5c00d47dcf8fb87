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

const LANES = 4;
const LANE_HEIGHT = 8;
const ERROR_HEIGHT = 4;

/** @param columns how many pixels it is drawn on: what is narrower becomes one of them */
export function minimapOf(tree: SpanTree, endMs: number, columns: number): Minimap {
  const wholeMs = Math.max(1, endMs - tree.startMs);
  const toColumn = (ms: number) =>
    Math.min(columns - 1, Math.max(0, Math.floor(((ms - tree.startMs) / wholeMs) * columns)));
  const lanes = Array.from({ length: LANES }, () => new Int32Array(columns).fill(-1));
  for (const node of tree.nodes) {
    if (!isWork(node)) continue;
    const from = toColumn(node.startMs);
    // Up to the column of the end, which is the next one's: what follows on stays in its lane.
    const to = Math.max(from, toColumn(node.endMs ?? endMs) - 1);
    const lane = lanes.find((columnsOf) => columnsOf[from] === -1) ?? lanes[0]!;
    lane.fill(node.index, from, to + 1);
  }
  const failed = new Uint8Array(columns);
  for (const index of tree.causeIndexes) failed[toColumn(tree.nodes[index]!.endMs ?? tree.nodes[index]!.startMs)] = 1;
  return {
    width: columns,
    height: LANES * LANE_HEIGHT + ERROR_HEIGHT,
    paths: pathsOf(tree, lanes),
    errors: [...failed]
      .map((isFailed, x) => (isFailed ? rectangle(x - 1, 0, 3, ERROR_HEIGHT + LANE_HEIGHT) : ""))
      .join(""),
    nodeAt: (share) => nearest(lanes, Math.min(columns - 1, Math.floor(share * columns))),
  };
}

function isWork(node: SpanNode): boolean {
  return node.childCount === 0 || ["model", "tool"].includes(spanKind(node.span.type));
}

function pathsOf(tree: SpanTree, lanes: readonly Int32Array[]): Minimap["paths"] {
  const paths = new Map<SpanKind, string[]>();
  lanes.forEach((lane, number) => {
    for (let from = 0; from < lane.length; ) {
      const index = lane[from]!;
      let to = from + 1;
      while (to < lane.length && lane[to] === index) to++;
      if (index >= 0) {
        const kind = spanKind(tree.nodes[index]!.span.type);
        const y = ERROR_HEIGHT + number * LANE_HEIGHT;
        const path = rectangle(from, y, Math.max(1, to - from - 0.5), LANE_HEIGHT - 1.5);
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
