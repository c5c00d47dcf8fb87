/** The step that waits to be compared with another one, of the same run or of the next that is opened. */
import { useSyncExternalStore } from "react";
import { compareStepsAddress, type StepPlace } from "../address/compare-address.ts";
import { navigate } from "../address/location.ts";

const listeners = new Set<() => void>();
let ticked: StepPlace | null = null;

export function useTickedStep(): StepPlace | null {
  return useSyncExternalStore(subscribe, () => ticked);
}

/** Keeps a step; the same one again lets go of it; another one opens the comparison of both. */
export function tickStep(step: StepPlace): void {
  const before = ticked;
  const isSame = before?.traceId === step.traceId && before.spanId === step.spanId;
  setTicked(before === null ? step : null);
  if (before !== null && !isSame) navigate(compareStepsAddress(before, step));
}

export function setTicked(step: StepPlace | null): void {
  ticked = step;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
