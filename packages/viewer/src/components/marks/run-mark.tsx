import type { RunSummary } from "../../api/run-summary.ts";
import { missingParts, RUN_STATE_WORDS, runState } from "../../model/runs/run-state.ts";

/** A run's state: a dot with a shape of its own for each, and a word for those who can't see it. */
export function RunMark({ run, withLabel = false }: { readonly run: RunSummary; readonly withLabel?: boolean }) {
  const state = runState(run);
  const words = [RUN_STATE_WORDS[state], ...missingParts(run)].join(": ");
  return (
    <span className="status-mark" data-state={state} title={words}>
      <span className="status-dot" aria-hidden="true" />
      <span className={withLabel ? "" : "visually-hidden"}>{RUN_STATE_WORDS[state]}</span>
    </span>
  );
}
