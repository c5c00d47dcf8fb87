import type { SpanSnapshot } from "@everspan/protocol";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext, SpanReader } from "../../contract/span-exporter.ts";

/** A record of which a snapshot can be made, as often as it is needed. */
export interface SnapshotSource {
  toSnapshot(): SpanSnapshot;
}

/**
 * The working part of an exporter, loaded with its first batch by `LazyExporter`, which also promises what holds for
 * every exporter: a sender is never given an empty batch or an attempt that is already aborted, and what it throws
 * means that something in the batch can't be encoded. Failures of the back end are outcomes.
 */
export interface Sender {
  export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome>;
  /**
   * The same for a sender that needs each snapshot once: made when its turn comes and dropped right after, a snapshot
   * costs the garbage collector nothing. A list of them lives as long as the request.
   */
  exportEach?(batch: readonly SnapshotSource[], context: ExportContext): Promise<ExportOutcome>;
  /** Called once, after the last attempt. */
  close(): Promise<void>;
  readonly reader?: SpanReader;
}
