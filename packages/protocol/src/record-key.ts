import { spanKey } from "./ids.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";

/** What tells one record of a span from its others: a START and an END, and each revision of either. */
export function recordKey(record: Pick<SpanSnapshot, "traceId" | "id" | "phase" | "revision">): string {
  return `${spanKey(record.traceId, record.id)}\0${record.phase}\0${record.revision}`;
}
