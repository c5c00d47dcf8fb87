import type { BatchOptions, DeliveryOptions } from "../contract/lane-options.ts";
import type { RedactionOptions } from "./redaction-options.ts";

/** What holds when the application says nothing. Each number has its reason in `docs/adr/` or the design. */

export const DEFAULT_BATCH: BatchOptions = { maxRecords: 200, maxBytes: 4 * 1024 * 1024, lingerMs: 250 };

export const DEFAULT_DELIVERY = {
  concurrency: 3,
  maxConcurrency: 16,
  attemptTimeoutMs: 10_000,
  deliveryTimeoutMs: 120_000,
} as const satisfies DeliveryOptions;

export const DEFAULT_SPOOL_BYTES = 1024 * 1024 * 1024;

export const DEFAULT_FLUSH_TIMEOUT_MS = 30_000;
export const DEFAULT_SHUTDOWN_TIMEOUT_MS = 30_000;

export const DEFAULT_OPEN_SPANS = { maxAgeMs: 6 * 3_600_000, maxCount: 100_000 };

/** Traces whose captures are remembered, so that handles made anew for each request still share a conversation. */
export const MAX_REMEMBERED_TRACES = 64;

/** Credentials are withheld unless the application says otherwise. */
export const DEFAULT_REDACTION: RedactionOptions = { credentials: true };
