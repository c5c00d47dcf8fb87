/** Seams for the test kit and the benchmarks in this repository. Not published. */

export * from "./capture/index.ts";
export * from "./clock.ts";
export * from "./delivery/core/index.ts";
export { Pipeline } from "./delivery/pipeline.ts";
export { RecordMemory } from "./delivery/record-memory.ts";
export { SpanRecord } from "./delivery/span-record.ts";
export { Overflow } from "./delivery/spooling/overflow.ts";
export { OwnPlace } from "./delivery/spooling/own-place.ts";
export { Spooler } from "./delivery/spooling/spooler.ts";
export { Diagnostics } from "./diagnostics.ts";
export { BodyBuilder } from "./encoding/body-builder.ts";
export type { BatchOptions, DeliveryOptions, ExportOutcome } from "./exporters/span-exporter.ts";
export { CarryOver } from "./spool/carry-over.ts";
export type { NumberedEntry } from "./spool/entries.ts";
export { FRAME_HEADER_BYTES, type FrameHeader, readFrameHeader } from "./spool/frame.ts";
export * from "./spool/index.ts";
export { readItems } from "./spool/items.ts";
export { LaneTable } from "./spool/lane-table.ts";
export { LedgerWriter } from "./spool/ledger-file.ts";
export { LiveSegments } from "./spool/live-segments.ts";
export { SEGMENT_HEADER_BYTES } from "./spool/segment.ts";
export { SegmentEncoder } from "./spool/segment-encoder.ts";
export { SegmentScanner } from "./spool/segment-scanner.ts";
export { SeqSet } from "./spool/seq-set.ts";
export { SpoolWriter } from "./spool/spool-writer.ts";
export { WatermarkBoard } from "./spool/watermarks.ts";
