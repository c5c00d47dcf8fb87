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
export type { QueueOptions, SpoolOptions, TracerOptions } from "./config.ts";
// What became of them.
export type { DropReason } from "./delivery/core/index.ts";
export type { FlushResult, LaneStats, TracerStats } from "./delivery/stats.ts";
export type { Logger } from "./diagnostics.ts";
// Where spans go.
export { AgentexExporter, type AgentexExporterOptions } from "./exporters/agentex-exporter.ts";
export { CollectorExporter, type CollectorExporterOptions } from "./exporters/collector-exporter.ts";
export { ConsoleExporter, type ConsoleExporterOptions } from "./exporters/console-exporter.ts";
export { FileExporter, type FileExporterOptions } from "./exporters/file-exporter.ts";
export { fromProcessor, type LegacySpanProcessor } from "./exporters/from-processor.ts";
export { MemoryExporter } from "./exporters/memory-exporter.ts";
export { OtlpExporter, type OtlpExporterOptions } from "./exporters/otlp-exporter.ts";
export type { ProducerSource } from "./exporters/producer-source.ts";
export { SgpExporter, type SgpExporterOptions } from "./exporters/sgp-exporter.ts";
export type {
  BatchOptions,
  DeliveryOptions,
  ExportContext,
  ExportOutcome,
  RejectedSpan,
  SpanExporter,
  SpanReader,
} from "./exporters/span-exporter.ts";
// What happens to them on the way.
export type { SpanProcessor } from "./processors/span-processor.ts";
export { readSpoolAccounts, type SpoolAccount } from "./read-spool.ts";
export type { Span } from "./span.ts";
export type { SpanOptions, TimeInput } from "./span-options.ts";
export type { Trace, TraceOptions } from "./trace.ts";
// Recording.
export { type FlushOptions, type ShutdownOptions, Tracer } from "./tracer.ts";
export { tracerFromEnv } from "./tracer-from-env.ts";
