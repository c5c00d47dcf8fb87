/** Seams for the test kit and the benchmarks in this repository. Not published. */

export * from "./capture/index.ts";
export * from "./contract/clock.ts";
export { Diagnostics } from "./contract/diagnostics.ts";
export type { ExportOutcome } from "./contract/export-outcome.ts";
export type { BatchOptions, DeliveryOptions, LaneConfig } from "./contract/lane-options.ts";
export * from "./delivery/core/index.ts";
export { Overflow } from "./delivery/disk/overflow.ts";
export { OwnPlace } from "./delivery/disk/own-place.ts";
export { Spooler } from "./delivery/disk/spooler.ts";
export { Pipeline } from "./delivery/pipeline.ts";
export { RecordMemory } from "./delivery/record-memory.ts";
export { SpanRecord } from "./delivery/span-record.ts";
export { BodyBuilder } from "./encoding/body-builder.ts";
export type { NumberedEntry } from "./spool/format/entries.ts";
export { FRAME_HEADER_BYTES, type FrameHeader, readFrameHeader } from "./spool/format/frame.ts";
export { readItems } from "./spool/format/items.ts";
export { LaneTable } from "./spool/format/lane-table.ts";
export { LedgerWriter } from "./spool/format/ledger-file.ts";
export { SEGMENT_HEADER_BYTES } from "./spool/format/segment.ts";
export { SeqSet } from "./spool/format/seq-set.ts";
export { WatermarkBoard } from "./spool/format/watermarks.ts";
export * from "./spool/index.ts";
export { SegmentScanner } from "./spool/read/segment-scanner.ts";
export { CarryOver } from "./spool/write/carry-over.ts";
export { LiveSegments } from "./spool/write/live-segments.ts";
export { SegmentEncoder } from "./spool/write/segment-encoder.ts";
export { SpoolWriter } from "./spool/write/spool-writer.ts";
