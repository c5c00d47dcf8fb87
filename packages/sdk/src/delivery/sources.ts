import type { RecordSource } from "../exporters/backend/sender.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { SpanRecord } from "./record/span-record.ts";

/** What is withheld is left out when a record is sent, so that lanes and processors share the records as they are. */
export function sourcesOf(records: readonly SpanRecord[], redactor: Redactor | undefined): readonly RecordSource[] {
  if (redactor === undefined) return records;
  // One for all: a function for each record is more for the garbage collector than the rest of its source.
  const toRecord = function (this: { readonly record: SpanRecord }): SpanRecord {
    return redactor.record(this.record);
  };
  return records.map((record) => ({ record, toRecord }));
}
