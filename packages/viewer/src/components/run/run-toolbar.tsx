/** Below a run's header: search in it, and what the lens can be told. */
import type { ReactNode, RefObject } from "react";
import { formatExactCount } from "../../model/text/format.ts";
import type { SpanNode } from "../../model/trace/span-tree.ts";
import type { TraceView } from "../../state/address/trace-address.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { SearchField } from "../controls/search-field.tsx";
import { CloseIcon, DownIcon, FoldIcon, UnfoldIcon, UpIcon } from "../marks/icons.tsx";

interface RunToolbarProps {
  readonly view: TraceView;
  readonly matches: readonly number[];
  readonly selected: SpanNode | undefined;
  readonly actions: RunActions;
  readonly change: (part: Partial<TraceView>) => void;
  readonly searchRef: RefObject<HTMLInputElement | null>;
  /** Of the lens. */
  readonly children?: ReactNode;
}

export function RunToolbar({ view, matches, selected, actions, change, searchRef, children }: RunToolbarProps) {
  return (
    <div className="trace-toolbar" role="toolbar" aria-label="Run">
      <SearchField
        value={view.find}
        onChange={(find) => change({ find })}
        label="Search in this run"
        inputRef={searchRef}
        onKeyDown={(event) => event.key === "Enter" && actions.goToMatch(event.shiftKey)}
      >
        {view.find !== "" && <Matches matches={matches} selected={selected} actions={actions} />}
      </SearchField>
      {view.range !== null && (
        <button type="button" className="button" onClick={() => actions.zoomTo(null)} title="Show the whole run">
          Zoomed
          <CloseIcon />
        </button>
      )}
      {children}
      <span className="spacer" />
      <button
        type="button"
        className="button ghost"
        onClick={actions.foldAll}
        title="Fold all (-)"
        aria-label="Fold all"
      >
        <FoldIcon />
      </button>
      <button
        type="button"
        className="button ghost"
        onClick={actions.unfoldAll}
        title="Unfold all (+)"
        aria-label="Unfold all"
      >
        <UnfoldIcon />
      </button>
    </div>
  );
}

function Matches({ matches, selected, actions }: Pick<RunToolbarProps, "matches" | "selected" | "actions">) {
  const number = selected === undefined ? 0 : matches.indexOf(selected.index) + 1;
  return (
    <>
      <output className="match-count">
        {matches.length === 0 ? "none" : `${number || "–"} / ${formatExactCount(matches.length)}`}
      </output>
      <button
        type="button"
        className="button ghost small"
        onClick={() => actions.goToMatch(true)}
        aria-label="Previous match"
      >
        <UpIcon />
      </button>
      <button type="button" className="button ghost small" onClick={() => actions.goToMatch()} aria-label="Next match">
        <DownIcon />
      </button>
    </>
  );
}
