import { canonicalEncode } from "../../payload/canonical-encode.ts";
import { encodeJson } from "../../payload/json-numbers.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { fromOtlpJson } from "./from-otlp.ts";
import { toOtlpJson } from "./otlp-json.ts";
import type { OtlpRequest } from "./otlp-types.ts";
import { EXACT_KEY } from "./record-snapshot.ts";

/**
 * OTLP without a loss: what of a snapshot would not come back (a service without a name, an instant of before 1970) stands
 * beside the rest as JSON, under a name that only our own readers know.
 */
export function toExactOtlpJson(snapshots: readonly SpanSnapshot[]): OtlpRequest {
  return toOtlpJson(snapshots, (snapshot) => {
    const lost = lostFields(snapshot);
    return lost === undefined ? {} : { [EXACT_KEY]: encodeJson(lost) };
  });
}

/** The fields that differ after a round trip: each as a list of its value, or of nothing. */
function lostFields(snapshot: SpanSnapshot): Record<string, unknown> | undefined {
  const decoded = fromOtlpJson(toOtlpJson([snapshot]));
  const back: Record<string, unknown> = decoded.ok ? { ...decoded.snapshots[0] } : {};
  const given: Record<string, unknown> = { ...snapshot };
  const names = new Set([...Object.keys(given), ...Object.keys(back)]);
  const lost = [...names].filter((name) => textOf(given[name]) !== textOf(back[name]));
  return lost.length === 0
    ? undefined
    : Object.fromEntries(lost.map((name) => [name, given[name] === undefined ? [] : [given[name]]]));
}

function textOf(value: unknown): string {
  return value === undefined ? "" : canonicalEncode(value);
}
