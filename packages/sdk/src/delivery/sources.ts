import type { SpanSnapshot } from "@everspan/protocol";
import type { SnapshotSource } from "../exporters/backend/sender.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { SpanRecord } from "./record/span-record.ts";

/** What is withheld is left out when a snapshot is made, so that lanes and processors share the records as they are. */
export function sourcesOf(records: readonly SpanRecord[], redactor: Redactor | undefined): readonly SnapshotSource[] {
  if (redactor === undefined) return records;
  // One for all: a function for each record is more for the garbage collector than the rest of its source.
  const toSnapshot = function (this: { readonly record: SpanRecord }): SpanSnapshot {
    return redactor.record(this.record).toSnapshot();
  };
  return records.map((record) => ({ record, toSnapshot }));
}
