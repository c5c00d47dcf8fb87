/** The state of a run as one word: how it ended, what became of it, or that a part of it is missing. */
import type { RunSummary } from "../../api/run-summary.ts";
import { formatExactCount, plural } from "../text/format.ts";
import { type Liveness, traceLiveness } from "../trace/liveness.ts";

export type RunState = "ok" | "error" | "canceled" | "partial" | Liveness;

export function runState(run: RunSummary): RunState {
  const liveness = traceLiveness(run);
  if (liveness !== null) return liveness;
  if (run.status !== "OK") return run.status === "ERROR" ? "error" : "canceled";
  if (missingParts(run).length > 0) return "partial";
  return "ok";
}

/** What is missing of a run, as far as its summary says, a clause each. */
export function missingParts(run: RunSummary): readonly string[] {
  const { droppedRecords: dropped, cutPayloadCount: cut } = run;
  return [
    ...(dropped > 0 ? [`${plural(dropped, "record")} dropped`] : []),
    ...(run.missingRoot ? ["the span that began it did not arrive"] : []),
    ...(cut > 0 ? [`${formatExactCount(cut)} payload${cut === 1 ? "" : "s"} cut by the SDK`] : []),
  ];
}

export const RUN_STATE_WORDS: Readonly<Record<RunState, string>> = {
  ok: "OK",
  error: "Error",
  canceled: "Canceled",
  partial: "Incomplete",
  running: "Running",
  stalled: "Stalled",
  lost: "Lost",
  "left-open": "Left open",
  interrupted: "Interrupted",
};
