/** What is known of a span or trace that has not ended by itself: a word for it, and what the word means. */
import { isInterrupted, type ProducerState, type StoredSpan, type TraceSummary } from "@everspan/protocol";

export type Liveness = "running" | "stalled" | "lost" | "left-open" | "interrupted";

/** Null for a span that ended by itself. */
export function spanLiveness(span: StoredSpan): Liveness | null {
  if (span.phase === "ended") return isInterrupted(span) ? "interrupted" : null;
  return span.producerState === undefined ? "running" : OF_OPEN_SPANS[span.producerState];
}

/** The state of the whole: what still runs counts more than what was left behind. */
export function traceLiveness(trace: TraceSummary): Liveness | null {
  if (trace.running) return trace.stalledCount > 0 ? "stalled" : "running";
  if (trace.lostCount > 0) return "lost";
  if (trace.leftOpenCount > 0) return "left-open";
  return trace.interruptedCount > 0 ? "interrupted" : null;
}

/** Whether an end may still come. */
export function mayStillEnd(liveness: Liveness | null): boolean {
  return liveness === "running" || liveness === "stalled";
}

const OF_OPEN_SPANS: Readonly<Record<ProducerState, Liveness>> = {
  running: "running",
  idle: "running",
  stalled: "stalled",
  lost: "lost",
  ended: "left-open",
};

export const LIVENESS_WORDS: Readonly<Record<Liveness, string>> = {
  running: "running",
  stalled: "stalled",
  lost: "lost",
  "left-open": "left open",
  interrupted: "interrupted",
};

export const LIVENESS_MEANINGS: Readonly<Record<Liveness, string>> = {
  running: "It has not ended yet",
  stalled: "It has not ended, and its process has said nothing for a while",
  lost: "It has not ended, and its process is gone without a word",
  "left-open": "Its process ended without ending it",
  interrupted: "Its process died before it could end; the end is the last sign of life",
};
