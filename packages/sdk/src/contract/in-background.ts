import { systemClock } from "./clock.ts";
import { ownTime } from "./own-time.ts";

/** Runs work of the background, and counts what it takes. Two readings of the clock: for a slice, not for a record. */
export function inBackground<T>(work: () => T): T {
  const startedMs = systemClock.monotonicMs();
  try {
    return work();
  } finally {
    ownTime.backgroundMs += systemClock.monotonicMs() - startedMs;
  }
}

/** The same steps, each of them counted as work of the background. */
export function* countedSteps(steps: Generator<void, void>): Generator<void, void> {
  const next = () => steps.next();
  try {
    while (inBackground(next).done !== true) yield;
  } finally {
    steps.return();
  }
}
