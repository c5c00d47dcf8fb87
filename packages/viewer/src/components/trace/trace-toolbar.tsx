import type { RefObject } from "react";
import { formatExactCount } from "../../model/format.ts";
import type { SpanNode, SpanTree } from "../../model/span-tree.ts";
import type { TraceView } from "../../state/trace-address.ts";
import type { TraceActions } from "../../state/use-trace-keys.ts";
import { CloseIcon, DownIcon, ErrorIcon, FoldIcon, UnfoldIcon, UpIcon } from "../icons.tsx";
import { SearchField } from "../search-field.tsx";

interface TraceToolbarProps {
  readonly view: TraceView;
  readonly tree: SpanTree;
  readonly matches: readonly number[];
  readonly selected: SpanNode | undefined;
  readonly actions: TraceActions;
  readonly change: (part: Partial<TraceView>) => void;
  readonly searchRef: RefObject<HTMLInputElement | null>;
}

export function TraceToolbar({ view, tree, matches, selected, actions, change, searchRef }: TraceToolbarProps) {
  const matchNumber = selected === undefined ? 0 : matches.indexOf(selected.index) + 1;
  return (
    <div className="trace-toolbar" role="toolbar" aria-label="Trace">
      <SearchField
        value={view.find}
        onChange={(find) => change({ find })}
        label="Find spans"
        inputRef={searchRef}
        onKeyDown={(event) => event.key === "Enter" && actions.goToMatch(event.shiftKey)}
      >
        {view.find !== "" && (
          <>
            <output className="match-count">
              {matches.length === 0 ? "none" : `${matchNumber || "–"} / ${formatExactCount(matches.length)}`}
            </output>
            <button
              type="button"
              className="button ghost small"
              onClick={() => actions.goToMatch(true)}
              aria-label="Previous match"
            >
              <UpIcon />
            </button>
            <button
              type="button"
              className="button ghost small"
              onClick={() => actions.goToMatch()}
              aria-label="Next match"
            >
              <DownIcon />
            </button>
          </>
        )}
      </SearchField>
      {tree.errorIndexes.length > 0 && (
        <button type="button" className="button danger" onClick={() => actions.goToError()} title="Next error (e)">
          <ErrorIcon />
          <span>{formatExactCount(tree.errorIndexes.length)}</span>
          <span className="button-words">{tree.errorIndexes.length === 1 ? "error" : "errors"}</span>
          <DownIcon />
        </button>
      )}
      {view.zoomId !== null && (
        <button
          type="button"
          className="button"
          onClick={() => change({ zoomId: null })}
          title="Show the whole trace (z)"
        >
          Zoomed
          <CloseIcon />
        </button>
      )}
      <span className="spacer" />
      <button
        type="button"
        className="button ghost"
        onClick={actions.foldAll}
        title="Fold all (c)"
        aria-label="Fold all"
      >
        <FoldIcon />
      </button>
      <button
        type="button"
        className="button ghost"
        onClick={actions.unfoldAll}
        title="Unfold all (x)"
        aria-label="Unfold all"
      >
        <UnfoldIcon />
      </button>
    </div>
  );
}
