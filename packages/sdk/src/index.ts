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
 *
 * The groups below are in the order in which a span meets them; no formatter sorts this file.
 */

// 1. A tracer, and how it is set up.
export { Tracer } from "./recording/tracer.ts";
export { defaultTracer, setDefaultTracer } from "./environment/default-tracer.ts";
export { tracerFromEnv } from "./environment/tracer-from-env.ts";
export type { QueueOptions, SpoolOptions, TracerOptions } from "./recording/tracer-options.ts";
export type { OpenSpansOptions } from "./recording/span/open-spans.ts";
export type { OverheadBudgetOptions } from "./overhead/overhead-budget.ts";
export type { BatchOptions, DeliveryOptions } from "./contract/lane-options.ts";
export type { Logger } from "./contract/diagnostics.ts";
export type { Cancel, Clock } from "./contract/clock.ts";

// 2. Recording: the live handles of an application.
export type { Trace, TraceOptions } from "./recording/trace.ts";
export type { Span } from "./recording/span/span.ts";
export type { SpanOptions, TimeInput } from "./recording/span/span-options.ts";
export { traced, type TracedOptions } from "./environment/traced-decorator.ts";
export type { AnyFunction, SpanRunner } from "./recording/traced-function.ts";

// 3. What is recorded: the picture of a span that travels.
export {
  type ObservabilityContext,
  type ServiceInfo,
  SPAN_TYPES,
  type SpanError,
  type SpanPhase,
  type SpanSnapshot,
  type SpanStatus,
  type SpanType,
} from "@everspan/protocol";

// 4. On the way: what may change or refuse a snapshot before it is queued, and what is withheld before it is sent.
export type { SpanProcessor } from "./processors/span-processor.ts";
export type { TailSampler } from "./processors/tail-sampler.ts";
export type { RedactionOptions, SpanContent } from "./contract/redaction-options.ts";

// 5. Where spans go: one exporter for each back end.
export { CollectorExporter } from "./exporters/collector/exporter.ts";
export type { CollectorExporterOptions } from "./exporters/collector/options.ts";
export { SgpExporter, type SgpExporterOptions } from "./exporters/sgp/exporter.ts";
export { AgentexExporter, type AgentexExporterOptions } from "./exporters/agentex/exporter.ts";
export { OtlpExporter } from "./exporters/otlp/exporter.ts";
export type { OtlpExporterOptions } from "./exporters/otlp/options.ts";
export { ConsoleExporter, type ConsoleExporterOptions } from "./exporters/local/console-exporter.ts";
export { FileExporter, type FileExporterOptions } from "./exporters/local/file-exporter.ts";
export { MemoryExporter } from "./exporters/local/memory-exporter.ts";
export { fromProcessor } from "./exporters/processor/from-processor.ts";
export type { LegacySpanProcessor } from "./exporters/processor/legacy-span-processor.ts";

// 6. Over which connection, and with which credentials.
export type { ExporterOptions } from "./exporters/backend/lazy-exporter.ts";
export type { HttpExporterOptions } from "./exporters/backend/backend-address.ts";
export { Secret } from "./transport/secret.ts";
export {
  type Transport,
  TransportError,
  type TransportErrorKind,
  type TransportRequest,
  type TransportResponse,
} from "./transport/transport.ts";

// 7. An exporter of one's own.
export type { ExportOutcome, RejectedSpan } from "./contract/export-outcome.ts";
export type { ExportContext, SpanExporter, SpanReader } from "./contract/span-exporter.ts";
export type { ProducerSource } from "./contract/producer-source.ts";

// 8. What became of every record.
export type { FlushOptions, ShutdownOptions } from "./recording/tracer.ts";
export type { FlushResult, LaneState, LaneStats, OverheadStats, TracerStats } from "./contract/account.ts";
export type { DropReason } from "./contract/ledger.ts";
export { type LaneCounts, readSpoolAccounts, type SpoolAccount } from "./read-spool.ts";

// 9. The only error that is thrown, by constructors.
export { type ErrorCode, EverspanError } from "@everspan/protocol";
