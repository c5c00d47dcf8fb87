/** Below a run's header: search in it, and what the lens can be told. */
import type { ReactNode, RefObject } from "react";
import { formatExactCount } from "../../model/text/format.ts";
import type { SpanNode } from "../../model/trace/span-tree.ts";
import type { TraceView } from "../../state/address/trace-address.ts";
import { setTicked, tickStep, useTickedStep } from "../../state/run/ticked-step.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { SearchField } from "../controls/search-field.tsx";
import { CloseIcon, DownIcon, FoldIcon, UnfoldIcon, UpIcon } from "../marks/icons.tsx";

interface RunToolbarProps {
  readonly traceId: string;
  readonly view: TraceView;
  readonly matches: readonly number[];
  readonly selected: SpanNode | undefined;
  readonly actions: RunActions;
  readonly change: (part: Partial<TraceView>) => void;
  readonly searchRef: RefObject<HTMLInputElement | null>;
  /** Of the lens. */
  readonly children?: ReactNode;
}

export function RunToolbar({
  traceId,
  view,
  matches,
  selected,
  actions,
  change,
  searchRef,
  children,
}: RunToolbarProps) {
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
      <TickedStep traceId={traceId} selected={selected} />
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

/** What `x` does, for the pointer, while a step waits to be compared. */
function TickedStep({ traceId, selected }: Pick<RunToolbarProps, "traceId" | "selected">) {
  const ticked = useTickedStep();
  if (ticked === null) return null;
  const isHere = selected === undefined || (ticked.traceId === traceId && ticked.spanId === selected.span.id);
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={isHere}
        onClick={() => selected !== undefined && tickStep({ traceId, spanId: selected.span.id })}
        title="x"
      >
        {isHere ? "A step is kept: go to another one" : "Compare the kept step with this one"}
      </button>
      <button type="button" className="button ghost small" onClick={() => setTicked(null)} aria-label="Keep no step">
        <CloseIcon />
      </button>
    </>
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
