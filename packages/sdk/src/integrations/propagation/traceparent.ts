/** W3C Trace Context, `traceparent`: https://www.w3.org/TR/trace-context/#traceparent-header */

export interface TraceParent {
  /** 32 lowercase hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lowercase hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Version 00; a later version may have more fields after these. */
const FORM = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
const MAX_CHARACTERS = 512;
const SAMPLED = 1;

/** Undefined for anything malformed, too long or doubled. */
export function readTraceParent(value: string | undefined): TraceParent | undefined {
  const text = value?.trim() ?? "";
  if (text.length > MAX_CHARACTERS) return undefined;
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [whole, version, traceId, spanId, flags] = match as unknown as [string, string, string, string, string];
  if (version === "00" && whole.length !== text.length) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function writeTraceParent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
