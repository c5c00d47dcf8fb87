import type { ServiceInfo } from "@everspan/protocol";
import type { Clock } from "../contract/clock.ts";
import type { Logger } from "../contract/diagnostics.ts";
import type { BatchOptions, DeliveryOptions } from "../contract/lane-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import type { SpanProcessor } from "../processors/span-processor.ts";
import type { OpenSpansOptions } from "./open-spans.ts";

export interface QueueOptions {
  /** Most records that wait or are in flight, for all exporters together. Default 50 000. */
  readonly maxRecords: number;
  /** Most bytes they may hold; what records share counts once. Default 64 MiB. */
  readonly maxBytes: number;
}

export interface SpoolOptions {
  /** Made when it is not there; several processes may share it. Must not be writable by other users. */
  readonly directory: string;
  /** Most bytes this process keeps there; then what is new stays in memory. Default 1 GiB. */
  readonly maxBytes?: number;
  /**
   * `process`: what is spooled survives the death of the process, and nearly all of it a power cut. `power`: synced as
   * well, it survives a power cut. Default `process`.
   */
  readonly durability?: "process" | "power";
}

export interface TracerOptions {
  readonly service?: ServiceInfo;
  /** Where spans go, each by a lane of its own. Default: none. */
  readonly exporters?: readonly SpanExporter[];
  /** Change or refuse snapshots before they are queued, in this order. */
  readonly processors?: readonly SpanProcessor[];
  readonly queue?: Partial<QueueOptions>;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Keeps records on disk until they are delivered, so that they survive this process. Default: memory only. */
  readonly spool?: SpoolOptions;
  /** What becomes of spans that nobody ends. */
  readonly openSpans?: Partial<OpenSpansOptions>;
  /** Where warnings go, rate-limited, without payload or secrets. Default `console`. */
  readonly logger?: Logger;
  /** Records nothing at all. Default false. */
  readonly disabled?: boolean;
  /** Time, for tests. */
  readonly clock?: Clock;
}
