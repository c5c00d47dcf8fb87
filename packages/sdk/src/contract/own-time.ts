import { systemClock } from "./clock.ts";

/**
 * What the SDK itself has computed on this thread, in milliseconds, for all tracers together: bodies are built by
 * exporters, which tracers may share. Added to by who works, read by who looks at the share of it.
 */
export const ownTime = {
  /** Captures, processors, and the way into the queue. */
  recordingMs: 0,
  /** Delivery: its decisions, the making of snapshots, their redaction and encoding, and the handing over to sockets and disk. */
  backgroundMs: 0,
};

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
