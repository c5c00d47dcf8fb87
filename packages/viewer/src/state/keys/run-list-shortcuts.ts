/** What can be done by key in the list of runs. */
import type { RefObject } from "react";
import { compareAddress } from "../address/compare-address.ts";
import { navigate } from "../address/location.ts";
import { preferences, setPreferences } from "../browser/preferences.ts";
import type { ListStop } from "./list-stops.ts";
import type { Shortcut, ShortcutScope } from "./shortcuts.ts";

interface RunListInput {
  readonly stops: readonly ListStop[];
  readonly activeId: string | null;
  readonly ticked: ReadonlySet<string>;
  readonly grid: RefObject<HTMLElement | null>;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly activate: (traceId: string) => void;
  readonly tick: (traceId: string) => void;
}

const PAGE_ROWS = 15;

export function runListShortcuts(input: RunListInput): ShortcutScope {
  const { activeId, ticked, search } = input;
  const isFree = (event: KeyboardEvent) => event.target === document.body || event.target === input.grid.current;
  const move = (keys: readonly string[], does: string, by: number): Shortcut => ({
    keys,
    does,
    isMove: true,
    where: isFree,
    run: () => moveBy(input, by),
  });
  return {
    title: "List of runs",
    shortcuts: [
      { keys: ["/"], does: "Filter the runs", run: () => search.current?.focus() },
      {
        keys: ["f"],
        does: "Show or hide the facets",
        run: () => setPreferences({ hasFacets: !preferences().hasFacets }),
      },
      move(["ArrowDown", "j"], "Next run", 1),
      move(["ArrowUp", "k"], "Run before", -1),
      move(["PageDown"], "A page down", PAGE_ROWS),
      move(["PageUp"], "A page up", -PAGE_ROWS),
      move(["Home"], "To the first run", Number.NEGATIVE_INFINITY),
      move(["End"], "To the last run that is loaded", Number.POSITIVE_INFINITY),
      {
        keys: ["Enter", "o"],
        does: "Open the run",
        isMove: true,
        where: isFree,
        run: () => {
          // While none is chosen it is the first: who comes to the list wants to see the newest run more than any other.
          const stop = activeId === null ? input.stops[0] : input.stops.find(({ key }) => key === activeId);
          if (stop !== undefined) navigate(stop.address);
        },
      },
      {
        keys: ["x"],
        does: "Tick the run for comparing",
        isMove: true,
        run: () => {
          const stop = input.stops.find(({ key }) => key === activeId);
          if (stop !== undefined) input.tick(stop.traceId);
        },
      },
      { keys: ["c"], does: "Compare the two runs that are ticked", run: () => compareTicked(ticked) },
    ],
  };
}

function moveBy({ stops, activeId, activate, grid }: RunListInput, by: number): void {
  if (stops.length === 0) return;
  const at = stops.findIndex(({ key }) => key === activeId);
  const to = at < 0 && Number.isFinite(by) ? 0 : at + by;
  activate(stops[Math.min(stops.length - 1, Math.max(0, to))]!.key);
  grid.current?.focus({ preventScroll: true });
}

function compareTicked(ticked: ReadonlySet<string>): void {
  const [a, b] = ticked;
  if (ticked.size === 2) navigate(compareAddress(a!, b!));
}
