import type { SpanSnapshot } from "@everspan/protocol";
import type { ExportOutcome } from "./export-outcome.ts";
import type { BatchOptions, DeliveryOptions } from "./lane-options.ts";
import type { ProducerSource } from "./producer-source.ts";
import type { RedactionOptions } from "./redaction-options.ts";

export interface ExportContext {
  /** Aborted when the attempt's deadline passes or the tracer gives up. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt at these records. */
  readonly attempt: number;
  /**
   * Who recorded them, for back ends that are told which processes live and what they lost; absent outside a tracer.
   * An exporter may keep it and ask at any time until its `shutdown`.
   */
  readonly producer?: ProducerSource | undefined;
}

/**
 * Delivers batches to one back end. A lane calls `export` for at most `maxConcurrency` batches at a time and never
 * with two records of one span at the same time. An exporter that throws, hangs or lies harms only its own lane.
 */
export interface SpanExporter {
  /** Names the lane in `stats().lanes`; unique within a tracer. */
  readonly name: string;
  /** Overrides the tracer's `batch` options for this lane. */
  readonly batch?: Partial<BatchOptions>;
  /** Overrides the tracer's `delivery` options for this lane. */
  readonly delivery?: Partial<DeliveryOptions>;
  /** What is withheld from this exporter besides what the tracer's `redaction` withholds. */
  readonly redaction?: RedactionOptions;
  /** Why this exporter delivers nothing (for example an empty API key), said once by the tracer; absent when it works. */
  readonly disabledReason?: string | undefined;
  export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome>;
  /** Called once, after the lane's last attempt. Releases connections and files. */
  shutdown?(): Promise<void>;
  /** Reads back what was delivered, where the back end can. */
  readonly reader?: SpanReader;
}

export interface SpanReader {
  getSpan(traceId: string, id: string): Promise<SpanSnapshot | undefined>;
  listSpans(traceId: string): Promise<readonly SpanSnapshot[]>;
}
