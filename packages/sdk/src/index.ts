/**
 * Everspan: agent tracing that never blocks a request and never loses a span without saying so.
 *
 * A `Tracer` records spans; a span belongs to a `Trace` and has at most one parent. When a span starts and when it
 * ends, a snapshot of it is handed to a bounded queue and from there, in batches and in the background, to each
 * `SpanExporter`. `flush()`, `shutdown()` and `stats()` tell what became of every record.
 *
 * ```ts
 * import { CollectorExporter, Tracer } from "everspan";
 *
 * const tracer = new Tracer({ service: { name: "support-agent" }, exporters: [new CollectorExporter()] });
 * await tracer.span("turn", { input: question }, async (span) => {
 *   await tracer.span("llm", { type: "COMPLETION", input: { messages } }, callModel);
 * });
 * await tracer.shutdown();
 * ```
 */

// The nouns.
export {
  type ErrorCode,
  EverspanError,
  type ServiceInfo,
  SPAN_TYPES,
  type SpanError,
  type SpanPhase,
  type SpanSnapshot,
  type SpanStatus,
  type SpanType,
} from "@everspan/protocol";
export type { FlushResult, LaneStats, TracerStats } from "./contract/account.ts";
export type { Logger } from "./contract/diagnostics.ts";
export type { ExportOutcome, RejectedSpan } from "./contract/export-outcome.ts";
export type { BatchOptions, DeliveryOptions } from "./contract/lane-options.ts";
// What became of them.
export type { DropReason } from "./contract/ledger.ts";
export type { ProducerSource } from "./contract/producer-source.ts";
export type { ExportContext, SpanExporter, SpanReader } from "./contract/span-exporter.ts";
export { tracerFromEnv } from "./environment/tracer-from-env.ts";
// Where spans go.
export { AgentexExporter, type AgentexExporterOptions } from "./exporters/agentex/exporter.ts";
export { CollectorExporter, type CollectorExporterOptions } from "./exporters/collector/exporter.ts";
export { ConsoleExporter, type ConsoleExporterOptions } from "./exporters/local/console-exporter.ts";
export { FileExporter, type FileExporterOptions } from "./exporters/local/file-exporter.ts";
export { MemoryExporter } from "./exporters/local/memory-exporter.ts";
export { OtlpExporter, type OtlpExporterOptions } from "./exporters/otlp/exporter.ts";
export { fromProcessor, type LegacySpanProcessor } from "./exporters/processor/from-processor.ts";
export { SgpExporter, type SgpExporterOptions } from "./exporters/sgp/exporter.ts";
// What happens to them on the way.
export type { SpanProcessor } from "./processors/span-processor.ts";
export { readSpoolAccounts, type SpoolAccount } from "./read-spool.ts";
export type { QueueOptions, SpoolOptions, TracerOptions } from "./recording/config.ts";
export type { Span } from "./recording/span.ts";
export type { SpanOptions, TimeInput } from "./recording/span-options.ts";
export type { Trace, TraceOptions } from "./recording/trace.ts";
// Recording.
export { type FlushOptions, type ShutdownOptions, Tracer } from "./recording/tracer.ts";
