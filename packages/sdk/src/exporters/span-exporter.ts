import type { SpanSnapshot } from "@everspan/protocol";
import type { ProducerSource } from "../contract/producer-source.ts";

/** What became of one attempt to deliver a batch. A value, never an exception: the lane decides what follows. */
export type ExportOutcome =
  /** The back end has everything. */
  | { readonly kind: "delivered" }
  /** The back end has everything but these. Ids that were not sent are ignored with a warning. */
  | { readonly kind: "partial"; readonly rejected: readonly RejectedSpan[] }
  /** Try again later: the lane backs off. `retryAfterMs` is the server's own wish. */
  | {
      readonly kind: "busy";
      readonly retryAfterMs?: number;
      readonly reason: string;
      /** True when the back end may have applied the batch although no answer came (timeout, reset). */
      readonly maybeDelivered?: boolean;
    }
  /** The request was too large as a whole: the lane splits it. */
  | { readonly kind: "tooLarge" }
  /** Something in the batch is bad: the lane bisects until the bad record is alone. */
  | { readonly kind: "poison"; readonly reason: string }
  /** Credentials or address are wrong: the lane pauses, keeps its records and probes. */
  | { readonly kind: "misconfigured"; readonly reason: string };

export interface RejectedSpan {
  readonly id: string;
  readonly reason: string;
}

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
 * with two revisions of one span at once. An exporter that throws, hangs or lies harms only its own lane.
 */
export interface SpanExporter {
  /** Names the lane in `stats().lanes`; unique within a tracer. */
  readonly name: string;
  /** Overrides the tracer's `batch` options for this lane. */
  readonly batch?: Partial<BatchOptions>;
  /** Overrides the tracer's `delivery` options for this lane. */
  readonly delivery?: Partial<DeliveryOptions>;
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

export interface BatchOptions {
  /** Most records in one batch. Default 200; SGP takes 1000. */
  readonly maxRecords: number;
  /** Most bytes of JSON in one batch. Default 4 MiB. */
  readonly maxBytes: number;
  /** How long the first record of a batch waits for company, in milliseconds. Default 250. */
  readonly lingerMs: number;
}

export interface DeliveryOptions {
  /** Batches under way at once. Default 3. */
  readonly concurrency: number;
  /**
   * Batches under way at once while a backlog waits and the back end takes what it is sent: reached one by one, or at
   * once by a lane that alone fills a quarter of the queue; given up at the first failure. Default 16, or `concurrency`
   * where that is given.
   */
  readonly maxConcurrency?: number;
  /** Absolute deadline of one attempt, in milliseconds. Default 10 000. */
  readonly attemptTimeoutMs: number;
  /** How long a record is tried before it is dropped as `delivery_timeout`, in milliseconds. Default 120 000. */
  readonly deliveryTimeoutMs: number;
}
