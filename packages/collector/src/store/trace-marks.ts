/** The values by which a trace is found: a filter of the list asks for some, a facet counts the traces of each. */
import { TRACE_STATES } from "@everspan/protocol";
import type { TraceQuery } from "./store-queries.ts";
import { isRunning, type TraceTally, VALUE_FIELDS } from "./trace-tally.ts";

/** In the order of their numbers on disk; only add to it. `state` is beside the status: RUNNING, PARTIAL, … */
export const MARK_FIELDS = [...VALUE_FIELDS, "status", "state"] as const;
export type MarkField = (typeof MARK_FIELDS)[number];

/**
 * The values of a trace by a key of field and text.
 * @param label what a store keeps of a sender's text
 */
export function marksOf(tally: TraceTally, label: (text: string) => string): Map<string, [MarkField, string]> {
  const marks = new Map<string, [MarkField, string]>();
  for (const field of MARK_FIELDS) {
    for (const text of textsOf(tally, field)) {
      const value = label(text);
      marks.set(`${field}\0${value}`, [field, value]);
    }
  }
  return marks;
}

/** The values of one field, as they were sent. */
export function textsOf(tally: TraceTally, field: MarkField): readonly string[] {
  if (field === "state") return statesOf(tally);
  if (field === "status") return isRunning(tally) ? [] : [tally.head?.status ?? "OK"];
  return Object.keys(tally.values[field] ?? {});
}

function statesOf(tally: TraceTally): string[] {
  const states: string[] = [];
  if (isRunning(tally)) states.push("RUNNING");
  if (tally.stalledCount > 0) states.push("STALLED");
  if (tally.lostCount > 0) states.push("LOST");
  if (tally.leftOpenCount > 0) states.push("UNENDED");
  if (tally.interruptedCount > 0) states.push("INTERRUPTED");
  if (tally.droppedRecords > 0 || tally.cutCount > 0 || tally.head?.isRoot === false) states.push("PARTIAL");
  return states;
}

/** The values that a query asks for: each must be there. */
export function markFilters(query: TraceQuery): [MarkField, string][] {
  const filters: [MarkField, string][] = [];
  for (const field of VALUE_FIELDS) {
    const text = query[field];
    if (text !== undefined) filters.push([field, text]);
  }
  const { status } = query;
  if (status !== undefined) filters.push([isState(status) ? "state" : "status", status]);
  return filters;
}

function isState(status: string): boolean {
  return (TRACE_STATES as readonly string[]).includes(status);
}
