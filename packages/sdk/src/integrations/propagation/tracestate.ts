/** `tracestate` as it is read from a request and written to one; see protocol's `trace-state.ts`. */
import {
  idsOfTraceState,
  MAX_TRACE_STATE_ENTRIES,
  otlpSpanId,
  otlpTraceId,
  TRACE_STATE_KEY,
  traceStateEntries,
} from "@everspan/protocol";
import type { TraceParent } from "./traceparent.ts";

const MAX_VALUE_CHARACTERS = 256;
/** What we pass on: the standard asks for at least so many. */
const MAX_WRITTEN_CHARACTERS = 512;
/** The standard asks to leave out the longest first. */
const LONG_ENTRY_CHARACTERS = 128;

export interface TraceState {
  /** The caller's ids, when its entry belongs to this very `traceparent`: a tracer in between makes it stale. */
  readonly own: { readonly traceId: string; readonly spanId: string } | undefined;
  /** The entries of others, in their order. */
  readonly others: readonly string[];
}

const NOTHING: TraceState = { own: undefined, others: [] };

/** A malformed header counts as absent. */
export function readTraceState(value: string | undefined, parent: TraceParent): TraceState {
  const entries = value === undefined ? undefined : traceStateEntries(value);
  if (entries === undefined) return NOTHING;
  const own = ownIds(entries.get(TRACE_STATE_KEY), parent);
  entries.delete(TRACE_STATE_KEY);
  return { own, others: [...entries].map(([key, entry]) => `${key}=${entry}`) };
}

function ownIds(entry: string | undefined, parent: TraceParent): TraceState["own"] {
  if (entry === undefined) return undefined;
  const { spanId = parent.spanId, traceId = parent.traceId } = idsOfTraceState(entry);
  const isOfParent = otlpSpanId(spanId) === parent.spanId && otlpTraceId(traceId) === parent.traceId;
  return isOfParent ? { traceId, spanId } : undefined;
}

/** The header for a request of this span; undefined when there is nothing to say. */
export function writeTraceState(
  ids: { traceId: string; spanId: string },
  others: readonly string[],
): string | undefined {
  const fields: string[] = [];
  if (otlpSpanId(ids.spanId) !== ids.spanId) fields.push(`s:${encodeURIComponent(ids.spanId)}`);
  if (otlpTraceId(ids.traceId) !== ids.traceId) fields.push(`t:${encodeURIComponent(ids.traceId)}`);
  const value = fields.join(";");
  const own = value === "" || value.length > MAX_VALUE_CHARACTERS ? [] : [`${TRACE_STATE_KEY}=${value}`];
  const entries = fitting([...own, ...others.filter((entry) => !entry.startsWith(`${TRACE_STATE_KEY}=`))]);
  return entries.length === 0 ? undefined : entries.join(",");
}

/** Ours is the first and stays; of the others long ones go first, then the last ones. */
function fitting(entries: readonly string[]): string[] {
  const kept = entries.slice(0, MAX_TRACE_STATE_ENTRIES);
  const length = () => kept.reduce((sum, entry) => sum + entry.length + 1, -1);
  for (let i = kept.length - 1; i > 0 && length() > MAX_WRITTEN_CHARACTERS; i--) {
    if (kept[i]!.length > LONG_ENTRY_CHARACTERS) kept.splice(i, 1);
  }
  while (kept.length > 1 && length() > MAX_WRITTEN_CHARACTERS) kept.pop();
  return kept;
}
