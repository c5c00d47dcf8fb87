/** Seams for the test kit and the benchmarks in this repository. Not published. */

export * from "./capture/index.ts";
export * from "./clock.ts";
export * from "./delivery/core/index.ts";
export { RecordMemory } from "./delivery/record-memory.ts";
export { SpanRecord } from "./delivery/span-record.ts";
export { BodyBuilder } from "./encoding/body-builder.ts";
export type { BatchOptions, DeliveryOptions, ExportOutcome } from "./exporters/span-exporter.ts";
