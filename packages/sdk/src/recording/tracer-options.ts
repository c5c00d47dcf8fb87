import type { ServiceInfo } from "@everspan/protocol";
import type { Clock } from "../contract/clock.ts";
import type { Logger } from "../contract/diagnostics.ts";
import type { BatchOptions, DeliveryOptions } from "../contract/lane-options.ts";
import type { RedactionOptions } from "../contract/redaction-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import type { OverheadBudgetOptions } from "../overhead/overhead-budget.ts";
import type { SpanProcessor } from "../processors/span-processor.ts";
import type { TailSampler } from "../processors/tail-sampler.ts";
import type { OpenSpansOptions } from "./span/open-spans.ts";

export interface QueueOptions {
  /** Most records that wait or are in flight, for all exporters together. Default 50 000. */
  readonly maxRecords: number;
  /** Most bytes they may hold; what records share counts once. Default: an eighth of what the heap may grow to. */
  readonly maxBytes: number;
}

export interface SpoolOptions {
  /** Made when it is not there; several processes may share it. Must not be writable by other users. */
  readonly directory: string;
  /** Most bytes this process keeps there; then what is new stays in memory. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /**
   * `process`: what is spooled survives the death of the process, and nearly all of it a power cut. `power`: synced as
   * well, it survives a power cut. Default `process`.
   */
  readonly durability?: "process" | "power" | undefined;
}

export interface TracerOptions {
  /** Who records: name, version, agent. It goes with every span. Default: none. */
  readonly service?: ServiceInfo | undefined;
  /** Where spans go, each by a lane of its own. Default: none. */
  readonly exporters?: readonly SpanExporter[] | undefined;
  /** Change or refuse snapshots before they are queued, in this order. */
  readonly processors?: readonly SpanProcessor[] | undefined;
  /**
   * Holds each trace until it is over, and sends it whole or leaves it out: made by `tailSampling` of
   * `everspan/processors`. Default: nothing is held.
   */
  readonly tailSampling?: TailSampler | undefined;
  /**
   * What is withheld from the spool and from every exporter; an exporter may withhold more. Default: credentials, see
   * `RedactionOptions`; `false` withholds nothing.
   */
  readonly redaction?: RedactionOptions | false | undefined;
  /** How much may wait for delivery, for all exporters together. */
  readonly queue?: Partial<QueueOptions> | undefined;
  /** When a batch is full or has waited long enough; an exporter may say otherwise for itself. */
  readonly batch?: Partial<BatchOptions> | undefined;
  /** How batches are sent and tried again; an exporter may say otherwise for itself. */
  readonly delivery?: Partial<DeliveryOptions> | undefined;
  /** Keeps records on disk until they are delivered, so that they survive this process. Default: memory only. */
  readonly spool?: SpoolOptions | undefined;
  /** What becomes of spans that nobody ends. */
  readonly openSpans?: Partial<OpenSpansOptions> | undefined;
  /**
   * How much the SDK may take of the event loop and of the heap before it captures less: first previews of payloads, then
   * structure alone. Default: no bound; `stats().overhead` says what it takes. Not in the lean build.
   */
  readonly overheadBudget?: OverheadBudgetOptions | undefined;
  /** Where warnings go, rate-limited, without payload or secrets. Default `console`. */
  readonly logger?: Logger | undefined;
  /** Records nothing at all. Default false. */
  readonly disabled?: boolean | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}
