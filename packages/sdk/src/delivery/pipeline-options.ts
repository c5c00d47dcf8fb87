import type { Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { BatchOptions, DeliveryOptions } from "../contract/lane-options.ts";
import type { ProducerSource } from "../contract/producer-source.ts";
import type { RedactionOptions } from "../contract/redaction-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import type { SpoolingOptions } from "./disk/spooling-host.ts";

/** An exporter, and what holds for its lane: the tracer's options, and over them the exporter's own. */
export interface PipelineLane {
  readonly exporter: SpanExporter;
  readonly batch: BatchOptions;
  readonly delivery: DeliveryOptions;
  /** What is withheld from it besides the pipeline's own. */
  readonly redaction?: RedactionOptions | undefined;
}

export interface PipelineOptions {
  /** One for each exporter, in this order. */
  readonly lanes: readonly PipelineLane[];
  readonly queue: { readonly maxRecords: number; readonly maxBytes: number };
  readonly spool?: SpoolingOptions | undefined;
  /** What is withheld from the spool and from every exporter. Default: nothing. */
  readonly redaction?: RedactionOptions | undefined;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly seed: number;
  /** Asked for with the first attempt. */
  readonly observer?: (() => Promise<PipelineObserver>) | undefined;
  /** Told to exporters. */
  readonly producer?: ProducerSource | undefined;
}

/** Sees what happens on the way, for metrics. Must not throw; called off the application's path. */
export interface PipelineObserver {
  attemptEnded?(exporter: string, records: number, outcome: string, durationMs: number): void;
}
