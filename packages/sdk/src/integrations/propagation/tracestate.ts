/**
 * W3C Trace Context, `tracestate`: what each tracer on the way has to say to its own kind. Everspan's entry carries a
 * span's ids as Everspan spells them, where that is not W3C's form: `everspan=s:SPAN_ID;t:TRACE_ID`, percent-encoded.
 */
import { otlpSpanId, otlpTraceId } from "@everspan/protocol";
import type { TraceParent } from "./traceparent.ts";

const OWN_KEY = "everspan";
const ENTRY = /^([a-z0-9][a-z0-9_\-*/@]{0,255})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/;
const MAX_ENTRIES = 32;
const MAX_VALUE_CHARACTERS = 256;
/** What we read, and what we pass on: the standard asks for at least so many to be passed on. */
const MAX_READ_CHARACTERS = 4_096;
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

/** A malformed header counts as absent: it can't be told what of it is meant. */
export function readTraceState(value: string | undefined, parent: TraceParent): TraceState {
  if (value === undefined || value.length > MAX_READ_CHARACTERS) return NOTHING;
  const entries = new Map<string, string>();
  for (const part of value.split(",")) {
    const text = part.replace(/^[ \t]+|[ \t]+$/g, "");
    if (text === "") continue;
    const match = ENTRY.exec(text);
    if (match === null || entries.has(match[1]!) || entries.size === MAX_ENTRIES) return NOTHING;
    entries.set(match[1]!, match[2]!);
  }
  const own = ownIds(entries.get(OWN_KEY), parent);
  entries.delete(OWN_KEY);
  return { own, others: [...entries].map(([key, entry]) => `${key}=${entry}`) };
}

function ownIds(entry: string | undefined, parent: TraceParent): TraceState["own"] {
  const fields = new Map(entry?.split(";").map((field) => [field.slice(0, 2), field.slice(2)] as const));
  const spanId = decoded(fields.get("s:")) ?? parent.spanId;
  const traceId = decoded(fields.get("t:")) ?? parent.traceId;
  const isOfParent = otlpSpanId(spanId) === parent.spanId && otlpTraceId(traceId) === parent.traceId;
  return entry !== undefined && isOfParent ? { traceId, spanId } : undefined;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
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
  const own = value === "" || value.length > MAX_VALUE_CHARACTERS ? [] : [`${OWN_KEY}=${value}`];
  const entries = fitting([...own, ...others.filter((entry) => !entry.startsWith(`${OWN_KEY}=`))]);
  return entries.length === 0 ? undefined : entries.join(",");
}

/** Ours is the first and stays; of the others long ones go first, then the last ones. */
function fitting(entries: readonly string[]): string[] {
  const kept = entries.slice(0, MAX_ENTRIES);
  const length = () => kept.reduce((sum, entry) => sum + entry.length + 1, -1);
  for (let i = kept.length - 1; i > 0 && length() > MAX_WRITTEN_CHARACTERS; i--) {
    if (kept[i]!.length > LONG_ENTRY_CHARACTERS) kept.splice(i, 1);
  }
  while (kept.length > 1 && length() > MAX_WRITTEN_CHARACTERS) kept.pop();
  return kept;
}
