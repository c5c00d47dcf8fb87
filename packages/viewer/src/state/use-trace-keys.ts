/** What can be done with a trace, by key or by pointer. Keys work wherever the focus is, unless somebody types. */
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { ALL_FOLDED, ALL_OPEN, isFolded, reveal, setFolded } from "../model/fold.ts";
import type { SpanNode, SpanTree } from "../model/span-tree.ts";
import { nextOf, rowOf, type TraceRows } from "../model/trace-rows.ts";
import { isTyping } from "./keyboard.ts";
import { navigate } from "./location.ts";
import type { TraceView } from "./trace-address.ts";

interface TraceKeysInput {
  readonly tree: SpanTree;
  readonly rows: TraceRows;
  readonly view: TraceView;
  readonly selected: SpanNode | undefined;
  readonly matches: readonly number[];
  readonly change: (part: Partial<TraceView>) => void;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly grid: RefObject<HTMLElement | null>;
  readonly detail: RefObject<HTMLElement | null>;
}

export interface TraceActions {
  readonly select: (nodeIndex: number) => void;
  readonly fold: (nodeIndex: number) => void;
  readonly zoom: (nodeIndex: number) => void;
  readonly close: () => void;
  readonly openDetail: () => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  readonly goToError: (backwards?: boolean) => void;
  readonly goToMatch: (backwards?: boolean) => void;
}

const PAGE_ROWS = 20;

export function useTraceKeys(input: TraceKeysInput): TraceActions {
  // Actions keep their identity, so that rows are not drawn anew for each selection; they act on the latest state.
  const latest = useRef(input);
  latest.current = input;
  const actions = useMemo(() => traceActions(latest), []);
  const keyDown = useCallback((event: KeyboardEvent) => onKey(event, latest.current, actions), [actions]);
  useEffect(() => {
    window.addEventListener("keydown", keyDown);
    return () => window.removeEventListener("keydown", keyDown);
  }, [keyDown]);
  return actions;
}

function traceActions(latest: RefObject<TraceKeysInput>): TraceActions {
  /** Selects a span and opens what it is folded into. */
  const goTo = (nodeIndex: number | undefined) => {
    const { tree, view, change } = latest.current;
    if (nodeIndex === undefined) return;
    change({ spanId: tree.nodes[nodeIndex]!.span.id, fold: reveal(view.fold, tree, nodeIndex) });
  };
  return {
    select: goTo,
    fold: (nodeIndex) => {
      const { tree, view, change } = latest.current;
      const node = tree.nodes[nodeIndex]!;
      change({ fold: setFolded(view.fold, node, !isFolded(view.fold, node)) });
    },
    zoom: (nodeIndex) => {
      const { tree, view, change } = latest.current;
      const { id } = tree.nodes[nodeIndex]!.span;
      change({ zoomId: view.zoomId === id ? null : id });
    },
    close: () => {
      latest.current.change({ spanId: null, tab: null });
      latest.current.grid.current?.focus({ preventScroll: true });
    },
    openDetail: () => latest.current.detail.current?.focus({ preventScroll: true }),
    foldAll: () => latest.current.change({ fold: ALL_FOLDED }),
    unfoldAll: () => latest.current.change({ fold: ALL_OPEN }),
    goToError: (backwards) => {
      const { tree, selected } = latest.current;
      goTo(nextOf(tree.errorIndexes, selected?.index ?? -1, backwards));
    },
    goToMatch: (backwards) => {
      const { matches, selected } = latest.current;
      goTo(nextOf(matches, selected?.index ?? -1, backwards));
    },
  };
}

type KeyAction = (input: TraceKeysInput, actions: TraceActions) => void;

const KEYS: Readonly<Record<string, KeyAction>> = {
  "/": ({ search }) => search.current?.focus(),
  e: (_, actions) => actions.goToError(),
  E: (_, actions) => actions.goToError(true),
  n: (_, actions) => actions.goToMatch(),
  N: (_, actions) => actions.goToMatch(true),
  c: (_, actions) => actions.foldAll(),
  x: (_, actions) => actions.unfoldAll(),
  z: ({ selected }, actions) => selected && actions.zoom(selected.index),
};

/** These move through the tree, so they are left to whatever else has the focus: a tab, a list in the details. */
const TREE_KEYS: Readonly<Record<string, KeyAction>> = {
  ArrowDown: (input, actions) => moveBy(input, actions, 1),
  ArrowUp: (input, actions) => moveBy(input, actions, -1),
  PageDown: (input, actions) => moveBy(input, actions, PAGE_ROWS),
  PageUp: (input, actions) => moveBy(input, actions, -PAGE_ROWS),
  Home: (input, actions) => moveBy(input, actions, Number.NEGATIVE_INFINITY),
  End: (input, actions) => moveBy(input, actions, Number.POSITIVE_INFINITY),
  ArrowRight: ({ tree, view, selected }, actions) => {
    if (selected === undefined || selected.childCount === 0) return;
    if (isFolded(view.fold, selected)) actions.fold(selected.index);
    else if (tree.nodes[selected.index + 1] !== undefined) actions.select(selected.index + 1);
  },
  ArrowLeft: ({ view, selected }, actions) => {
    if (selected === undefined) return;
    if (selected.childCount > 0 && !isFolded(view.fold, selected)) actions.fold(selected.index);
    else if (selected.parentIndex >= 0) actions.select(selected.parentIndex);
  },
  Enter: (_, actions) => actions.openDetail(),
};

function onKey(event: KeyboardEvent, input: TraceKeysInput, actions: TraceActions): void {
  if (isTyping(event)) return;
  const isInDetail = event.target instanceof Node && input.detail.current?.contains(event.target) === true;
  if (event.key === "Escape") {
    goBack(isInDetail, input, actions);
    return;
  }
  const isInTree = event.target === document.body || event.target === input.grid.current;
  const action = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : isInTree ? TREE_KEYS[event.key] : undefined;
  if (action === undefined) return;
  event.preventDefault();
  action(input, actions);
}

function goBack(isInDetail: boolean, { grid, view }: TraceKeysInput, actions: TraceActions): void {
  if (isInDetail) grid.current?.focus({ preventScroll: true });
  else if (view.spanId !== null) actions.close();
  else navigate("/");
}

function moveBy({ tree, rows, selected }: TraceKeysInput, actions: TraceActions, rowCount: number): void {
  if (rows.count === 0) return;
  const from = selected === undefined ? -1 : rowOf(rows, tree, selected.index);
  const to = from < 0 && Math.abs(rowCount) !== Number.POSITIVE_INFINITY ? 0 : from + rowCount;
  actions.select(rows.nodeIndexes[Math.min(rows.count - 1, Math.max(0, to))]!);
}
