/** A trace's spans after a change: what is the same as before keeps its identity. */
import type { ProducerSummary, StoredSpan } from "@everspan/protocol";

/** @param isPatch `arrived` holds what changed; otherwise it holds all that there is */
export function mergeSpans(
  before: readonly StoredSpan[] | undefined,
  arrived: readonly StoredSpan[],
  isPatch: boolean,
): readonly StoredSpan[] {
  if (before === undefined || before.length === 0) return arrived;
  if (!isPatch) {
    const known = new Map(before.map((span) => [span.id, span]));
    return arrived.map((span) => kept(known.get(span.id), span));
  }
  const changed = new Map(arrived.map((span) => [span.id, span]));
  const merged = before.map((span) => {
    const next = changed.get(span.id);
    changed.delete(span.id);
    return next === undefined ? span : kept(span, next);
  });
  return changed.size === 0 ? merged : [...merged, ...changed.values()];
}

function kept(before: StoredSpan | undefined, after: StoredSpan): StoredSpan {
  return before !== undefined && isSame(before, after) ? before : after;
}

/** Payloads are not compared: they are the same where phase and revision are. */
function isSame(a: StoredSpan, b: StoredSpan): boolean {
  if (a.phase !== b.phase || a.revision !== b.revision) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof StoredSpan>;
  for (const key of keys) {
    const [left, right] = [a[key], b[key]];
    if (left !== right && !(isObject(left) && isObject(right))) return false;
  }
  return true;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/**
 * What became of a process changes its open spans without a new revision of them, so a patch does not hold them: their
 * state is that of their process now.
 */
export function withProducerStates(
  spans: readonly StoredSpan[],
  producers: readonly ProducerSummary[],
): readonly StoredSpan[] {
  if (producers.length === 0) return spans;
  const states = new Map(producers.map(({ id, state }) => [id, state]));
  return spans.map((span) => {
    const state = span.producerId === undefined ? undefined : states.get(span.producerId);
    const isOld = span.phase === "started" && state !== undefined && state !== span.producerState;
    return isOld ? { ...span, producerState: state } : span;
  });
}
