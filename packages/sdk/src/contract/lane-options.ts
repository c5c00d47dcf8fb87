export interface BatchOptions {
  /** Most records in one batch. Default 200; SGP takes 1000. */
  readonly maxRecords: number;
  /** Most bytes of JSON in one batch. Default 4 MiB. */
  readonly maxBytes: number;
  /** How long the first record of a batch waits for company, in milliseconds. Default 250. */
  readonly lingerMs: number;
}

export interface DeliveryOptions {
  /** Batches in flight at the same time. Default 3. */
  readonly concurrency: number;
  /**
   * Batches in flight at the same time while a backlog waits and the back end takes what it is sent. A lane reaches
   * this number one by one, or immediately where it alone fills a quarter of the queue; the first failure takes it
   * back to `concurrency`. Default 16, or `concurrency` where that is given.
   */
  readonly maxConcurrency?: number | undefined;
  /** Absolute deadline of one attempt, in milliseconds. Default 10 000. */
  readonly attemptTimeoutMs: number;
  /** How long a record is tried before it is dropped as `delivery_timeout`, in milliseconds. Default 120 000. */
  readonly deliveryTimeoutMs: number;
}

/** An exporter's lane: what holds for it, the tracer's options and over them the exporter's own. */
export interface LaneConfig {
  readonly name: string;
  readonly batch: BatchOptions;
  readonly delivery: DeliveryOptions;
  /** A disabled lane drops what it is offered as `disabled`. */
  readonly disabled?: boolean;
}

/** Most lanes of one tracer: each has a bit in masks that are whole numbers of 32 bits with a sign. */
export const MAX_LANES = 30;
