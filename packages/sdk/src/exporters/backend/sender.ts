import type { SpanSnapshot } from "@everspan/protocol";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext, SpanReader } from "../../contract/span-exporter.ts";
import type { SpanRecord } from "../../delivery/record/span-record.ts";

/** A record on its way out: what may be sent of it is asked for when its turn comes, as often as it is needed. */
export interface RecordSource {
  toRecord(): SpanRecord;
}

/**
 * The working part of an exporter, loaded with its first batch by `LazyExporter`, which also promises what holds for
 * every exporter: a sender is never given an empty batch or an attempt that is already aborted, and what it throws
 * means that something in the batch can't be encoded. Failures of the back end are outcomes.
 */
export interface Sender {
  export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome>;
  /**
   * The same for a sender that needs each snapshot once, or none: made when its turn comes and dropped right after, a
   * snapshot costs the garbage collector little. A list of them lives as long as the request.
   */
  exportEach?(batch: readonly RecordSource[], context: ExportContext): Promise<ExportOutcome>;
  /** Whether `exportEach` makes no snapshot of it. */
  writesAsIs?(record: SpanRecord): boolean;
  /** Called once, after the last attempt. */
  close(): Promise<void>;
  readonly reader?: SpanReader;
}
