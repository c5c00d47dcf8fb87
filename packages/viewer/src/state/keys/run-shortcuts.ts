/** What can be done by key in one run. Keys that move through it are left to whatever else has the focus. */
import type { RefObject } from "react";
import { zoomByKey } from "../../model/timeline/zoom.ts";
import { preferences, setPreferences } from "../browser/preferences.ts";
import type { RunActions, RunInput } from "../run/use-run-actions.ts";
import type { Shortcut, ShortcutScope } from "./shortcuts.ts";

interface RunKeysInput {
  readonly run: RunInput;
  readonly actions: RunActions;
  readonly search: RefObject<HTMLInputElement | null>;
  /** Up to the list, where the reader left it. */
  readonly leave: () => void;
  /** To the next (1) or previous (-1) run of the list. */
  readonly goToRun: (step: 1 | -1) => void;
  readonly copyLink: () => void;
  readonly compareWithPrevious: () => void;
  /** The first time keeps the selected step; the second time, at another one, compares the two. */
  readonly tickStep: () => void;
}

const PAGE_STOPS = 20;

export function runShortcuts(input: RunKeysInput): ShortcutScope {
  return { title: "One run", shortcuts: [...moves(input), ...looks(input), ...goings(input)] };
}

function moves({ run, actions }: RunKeysInput): Shortcut[] {
  const where = (event: KeyboardEvent) => event.target === document.body || event.target === run.main.current;
  const move = (keys: readonly string[], does: string, act: () => void): Shortcut => ({
    keys,
    does,
    isMove: true,
    where,
    run: act,
  });
  return [
    move(["ArrowDown", "j"], "Next span", () => actions.moveBy(1)),
    move(["ArrowUp", "k"], "Span before", () => actions.moveBy(-1)),
    move(["PageDown"], "A page down", () => actions.moveBy(PAGE_STOPS)),
    move(["PageUp"], "A page up", () => actions.moveBy(-PAGE_STOPS)),
    move(["Home"], "To the first span", () => actions.moveBy(Number.NEGATIVE_INFINITY)),
    move(["End"], "To the last span", () => actions.moveBy(Number.POSITIVE_INFINITY)),
    move(["ArrowRight"], "Unfold, then go to the first child", actions.goIn),
    move(["ArrowLeft"], "Fold, then go to the parent", actions.goOut),
    move(["Enter"], "Go into the inspector", actions.openInspector),
  ];
}

function looks({ run, actions, search }: RunKeysInput): Shortcut[] {
  const zoom = (key: string, does: string): Shortcut => ({
    keys: [key],
    does,
    isMove: true,
    where: () => run.lens === "timeline",
    run: () => actions.zoomTo(zoomByKey(key, run.view.range, run.tree.endMs - run.tree.startMs)),
  });
  return [
    { keys: ["s"], does: "Story", run: () => actions.show("story") },
    { keys: ["t"], does: "Timeline", run: () => actions.show("timeline") },
    { keys: ["b"], does: "Table", run: () => actions.show("table") },
    { keys: ["e"], does: "Next cause of failure", run: () => actions.goToCause() },
    { keys: ["E"], does: "Previous cause of failure", run: () => actions.goToCause(true) },
    { keys: ["/"], does: "Search in this run", run: () => search.current?.focus() },
    { keys: ["n"], does: "Next match", isMove: true, run: () => actions.goToMatch() },
    { keys: ["N"], does: "Previous match", isMove: true, run: () => actions.goToMatch(true) },
    {
      keys: ["z"],
      does: "Zoom the time to the span, and out again",
      run: () => run.selected && actions.zoomToSpan(run.selected.index),
    },
    {
      keys: ["v"],
      does: "Markdown rendered, or as it was written",
      run: () => setPreferences({ isRendered: !preferences().isRendered }),
    },
    zoom("W", "Zoom in"),
    zoom("S", "Zoom out"),
    zoom("A", "Earlier"),
    zoom("D", "Later"),
    { keys: ["-"], does: "Fold all", run: actions.foldAll },
    { keys: ["+", "="], does: "Unfold all", run: actions.unfoldAll },
  ];
}

function goings({ run, actions, leave, goToRun, copyLink, ...rest }: RunKeysInput): Shortcut[] {
  const up = (event: KeyboardEvent | undefined) => {
    const isInside = event?.target instanceof Node && run.inspector.current?.contains(event.target) === true;
    if (isInside) run.main.current?.focus({ preventScroll: true });
    else if (run.view.spanId !== null) actions.close();
    else leave();
  };
  return [
    {
      keys: ["Escape"],
      does: "Up: out of the inspector, then of the selection, then to the list",
      isMove: true,
      run: up,
    },
    { keys: ["["], does: "Previous run of the list", run: () => goToRun(-1) },
    { keys: ["]"], does: "Next run of the list", run: () => goToRun(1) },
    { keys: ["y"], does: "Copy the link to what is seen", run: copyLink },
    { keys: ["c"], does: "Compare with the previous run of this name", run: rest.compareWithPrevious },
    { keys: ["x"], does: "Keep this step, then compare it with another one", run: rest.tickStep },
  ];
}
