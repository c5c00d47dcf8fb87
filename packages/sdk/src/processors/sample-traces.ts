import type { SpanProcessor } from "./span-processor.ts";

/** 32 hex digits, W3C's form: its last 14 digits are the randomness that OpenTelemetry's samplers decide by. */
const W3C_TRACE_ID = /^[0-9a-f]{32}$/;
const RANDOM_DIGITS = 12;
const RANDOM_VALUES = 16 ** RANDOM_DIGITS;

/**
 * Keeps a share of the traces, each whole: spans of one trace are all kept or all counted as `sampled`, in every process
 * that keeps the same share, because the trace id alone decides.
 *
 * @param share from 0 (none) to 1 (all)
 * @throws RangeError for any other share
 */
export function sampleTraces(share: number): SpanProcessor {
  if (typeof share !== "number" || !(share >= 0 && share <= 1))
    throw new RangeError(`sampleTraces: expected a share from 0 to 1, got ${share}`);
  return (snapshot) => (randomnessOf(snapshot.traceId) < share ? snapshot : null);
}

/** From 0 up to 1, always the same for one trace id. */
export function randomnessOf(traceId: string): number {
  if (W3C_TRACE_ID.test(traceId)) {
    const digits = Number.parseInt(traceId.slice(-14, -14 + RANDOM_DIGITS), 16);
    // OpenTelemetry keeps the high values.
    return (RANDOM_VALUES - 1 - digits) / RANDOM_VALUES;
  }
  let hash = 0x811c9dc5;
  for (let i = 0; i < traceId.length; i++) hash = Math.imul(hash ^ traceId.charCodeAt(i), 0x01000193);
  // FNV mixes the last characters too little into the high bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
