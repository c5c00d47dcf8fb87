/** Which snapshots of a dialect say their revision themselves. */
import { EVERSPAN_MARKER_KEY, type SpanSnapshot } from "@everspan/protocol";
import type { WriteOptions } from "../store/trace-store.ts";

/** A span as it came, with what its dialect calls the place of the marker, and what was decoded of it. */
export interface Decoded {
  readonly marked: unknown;
  readonly snapshot: SpanSnapshot;
}

/** Our SDK numbers its snapshots, in a marker beside the data; anybody else means the later of two to stand. */
export function orderOf(spans: readonly Decoded[]): NonNullable<WriteOptions["order"]> {
  return spans.every(isNumbered) ? "revision" : "arrival";
}

/** A marker that is no valid one was left in the data. */
function isNumbered({ marked, snapshot }: Decoded): boolean {
  if (typeof marked !== "object" || marked === null) return false;
  return Object.hasOwn(marked, EVERSPAN_MARKER_KEY) && !Object.hasOwn(snapshot.data ?? {}, EVERSPAN_MARKER_KEY);
}
