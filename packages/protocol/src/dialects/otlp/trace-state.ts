/**
 * W3C Trace Context, `tracestate`: what each tracer on the way has to say to its own kind. Everspan's entry carries a
 * span's ids as Everspan spells them, where that is not W3C's form: `everspan=s:SPAN_ID;t:TRACE_ID`, percent-encoded.
 */
import { MAX_ID_CHARACTERS } from "../../limits.ts";

export const TRACE_STATE_KEY = "everspan";
/** Most entries of one header, by the standard. */
export const MAX_TRACE_STATE_ENTRIES = 32;
const ENTRY = /^([a-z0-9][a-z0-9_\-*/@]{0,255})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/;
const MAX_READ_CHARACTERS = 4_096;

/** By key, in their order. Undefined for a malformed header, which counts as absent: it can't be told what of it is meant. */
export function traceStateEntries(value: string): Map<string, string> | undefined {
  if (value.length > MAX_READ_CHARACTERS) return undefined;
  const entries = new Map<string, string>();
  for (const part of value.split(",")) {
    const text = part.replace(/^[ \t]+|[ \t]+$/g, "");
    if (text === "") continue;
    const match = ENTRY.exec(text);
    if (match === null || entries.has(match[1]!) || entries.size === MAX_TRACE_STATE_ENTRIES) return undefined;
    entries.set(match[1]!, match[2]!);
  }
  return entries;
}

/** The ids in Everspan's entry, of the span that made it and of its trace; what is W3C's form anyway is left out there. */
export function idsOfTraceState(entry: string): { readonly spanId?: string; readonly traceId?: string } {
  const fields = new Map(entry.split(";").map((field) => [field.slice(0, 2), field.slice(2)] as const));
  const [spanId, traceId] = [idOf(fields.get("s:")), idOf(fields.get("t:"))];
  return { ...(spanId !== undefined && { spanId }), ...(traceId !== undefined && { traceId }) };
}

/** As untrusted as any id. */
function idOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const id = decodeURIComponent(text);
    return id !== "" && id.length <= MAX_ID_CHARACTERS && !id.includes("\0") ? id : undefined;
  } catch {
    return undefined;
  }
}
