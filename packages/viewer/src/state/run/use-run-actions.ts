/** What can be done with one run, by key or by pointer. The actions keep their identity and act on the latest state. */
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { TimeRange } from "../../model/timeline/time-axis.ts";
import { nextOf } from "../../model/timeline/trace-rows.ts";
import { ALL_FOLDED, ALL_OPEN, isFolded, reveal, setFolded } from "../../model/trace/fold.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import type { Lens, TraceView } from "../address/trace-address.ts";

export interface RunInput {
  readonly tree: SpanTree;
  /** Where the keyboard stops, in the order in which it is read. */
  readonly stops: readonly number[] | Int32Array;
  readonly view: TraceView;
  readonly lens: Lens;
  readonly selected: SpanNode | undefined;
  readonly matches: readonly number[];
  readonly change: (part: Partial<TraceView>) => void;
  /** What the arrow keys move in: the lens. */
  readonly main: RefObject<HTMLElement | null>;
  readonly inspector: RefObject<HTMLElement | null>;
}

export interface RunActions {
  readonly select: (nodeIndex: number | undefined) => void;
  readonly moveBy: (stops: number) => void;
  readonly fold: (nodeIndex: number) => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  /** Into a span's children, or to them. */
  readonly goIn: () => void;
  /** Out of a span's children, or to its parent. */
  readonly goOut: () => void;
  /** Of the time line; null for the whole run. */
  readonly zoomTo: (range: TimeRange | null) => void;
  readonly zoomToSpan: (nodeIndex: number) => void;
  readonly close: () => void;
  readonly openInspector: () => void;
  readonly goToCause: (backwards?: boolean) => void;
  readonly goToMatch: (backwards?: boolean) => void;
  readonly show: (lens: Lens) => void;
}

export function useRunActions(input: RunInput): RunActions {
  const latest = useRef(input);
  useEffect(() => {
    latest.current = input;
  });
  return useMemo(() => runActions(latest), []);
}

function runActions(latest: RefObject<RunInput>): RunActions {
  /** Selects a span and opens what it is folded into. */
  const select = (nodeIndex: number | undefined) => {
    const { tree, view, change } = latest.current;
    const node = nodeIndex === undefined ? undefined : tree.nodes[nodeIndex];
    if (node !== undefined) change({ spanId: node.span.id, part: null, fold: reveal(view.fold, tree, node.index) });
  };
  const fold = (nodeIndex: number, folded?: boolean) => {
    const { tree, view, change } = latest.current;
    const node = tree.nodes[nodeIndex]!;
    change({ fold: setFolded(view.fold, node, folded ?? !isFolded(view.fold, node)) });
  };
  const zoomTo = (range: TimeRange | null) => latest.current.change({ range });
  return {
    select,
    moveBy: (stops) => select(stopFrom(latest.current, stops)),
    fold,
    foldAll: () => latest.current.change({ fold: ALL_FOLDED }),
    unfoldAll: () => latest.current.change({ fold: ALL_OPEN }),
    goIn: () => {
      const { tree, view, selected } = latest.current;
      if (selected === undefined || selected.childCount === 0) return;
      if (isFolded(view.fold, selected)) fold(selected.index, false);
      else if (tree.nodes[selected.index + 1] !== undefined) select(selected.index + 1);
    },
    goOut: () => {
      const { view, selected } = latest.current;
      if (selected === undefined) return;
      if (selected.childCount > 0 && !isFolded(view.fold, selected)) fold(selected.index, true);
      else if (selected.parentIndex >= 0) select(selected.parentIndex);
    },
    zoomTo,
    zoomToSpan: (nodeIndex) => zoomTo(rangeOf(latest.current, nodeIndex)),
    close: () => {
      latest.current.change({ spanId: null, part: null });
      latest.current.main.current?.focus({ preventScroll: true });
    },
    openInspector: () => latest.current.inspector.current?.focus({ preventScroll: true }),
    goToCause: (backwards) => {
      const { tree, selected } = latest.current;
      select(nextOf(tree.causeIndexes, selected?.index ?? -1, backwards));
    },
    goToMatch: (backwards) => {
      const { matches, selected } = latest.current;
      select(nextOf(matches, selected?.index ?? -1, backwards));
    },
    show: (lens) => latest.current.change({ lens }),
  };
}

/** The span's own time; null, which is the whole run's, when that is what is shown already. */
function rangeOf({ tree, view }: RunInput, nodeIndex: number): TimeRange | null {
  const node = tree.nodes[nodeIndex];
  if (node === undefined) return null;
  const fromMs = node.startMs - tree.startMs;
  const toMs = Math.max(fromMs + 0.001, (node.endMs ?? tree.endMs) - tree.startMs);
  const isShown = view.range !== null && Math.abs(view.range.fromMs - fromMs) < 0.01;
  return isShown ? null : { fromMs, toMs };
}

function stopFrom({ tree, stops, selected }: RunInput, by: number): number | undefined {
  if (stops.length === 0) return undefined;
  let at = -1;
  for (let i = selected?.index ?? -1; i >= 0 && at < 0; i = tree.nodes[i]!.parentIndex) at = stops.indexOf(i);
  const to = at < 0 && Number.isFinite(by) ? 0 : at + by;
  return stops[Math.min(stops.length - 1, Math.max(0, to))];
}
