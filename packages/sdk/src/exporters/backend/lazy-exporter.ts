/**
 * An exporter whose working part is loaded with its first batch. What `import "everspan"` loads is on the start-up path
 * of every process that is traced: codecs, encoders and connections can wait until there is something to send.
 */
import type { SpanSnapshot } from "@everspan/protocol";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { BatchOptions, DeliveryOptions } from "../../contract/lane-options.ts";
import type { ExportContext, SpanExporter, SpanReader } from "../../contract/span-exporter.ts";

/** What a snapshot can be made of, each time anew. */
export interface SnapshotSource {
  toSnapshot(): SpanSnapshot;
}

/** The working part. */
export interface Delivery {
  export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome>;
  /**
   * The same for a delivery that needs each snapshot once: made when its turn comes and gone at once, a snapshot costs
   * the garbage collector nothing. A list of them lives as long as the request.
   */
  exportEach?(batch: readonly SnapshotSource[], context: ExportContext): Promise<ExportOutcome>;
  close(): Promise<void>;
  readonly reader?: SpanReader;
}

/** The options that every exporter takes. */
export interface ExporterOptions {
  /** Names the lane. */
  readonly name?: string;
  /** Overrides the tracer's batching for this back end. */
  readonly batch?: Partial<BatchOptions>;
  /** Overrides the tracer's delivery options for this back end. */
  readonly delivery?: Partial<DeliveryOptions>;
}

export abstract class LazyExporter implements SpanExporter {
  readonly name: string;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  readonly #load: () => Promise<Delivery>;
  #delivery: Promise<Delivery> | undefined;

  constructor(options: ExporterOptions & { readonly name: string }, load: () => Promise<Delivery>) {
    this.name = options.name;
    if (options.batch !== undefined) this.batch = options.batch;
    if (options.delivery !== undefined) this.delivery = options.delivery;
    this.#load = load;
  }

  async export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome> {
    return (await this.loaded()).export(batch, context);
  }

  async exportEach(batch: readonly SnapshotSource[], context: ExportContext): Promise<ExportOutcome> {
    const delivery = await this.loaded();
    return delivery.exportEach?.(batch, context) ?? delivery.export(snapshotsOf(batch), context);
  }

  async shutdown(): Promise<void> {
    await (await this.#delivery)?.close();
  }

  protected get isLoaded(): boolean {
    return this.#delivery !== undefined;
  }

  protected loaded(): Promise<Delivery> {
    this.#delivery ??= this.#load();
    return this.#delivery;
  }
}

/** Hands a batch to an exporter, to one of ours without a list of snapshots; unless somebody put another `export` there. */
export function exportBatch(
  exporter: SpanExporter,
  batch: readonly SnapshotSource[],
  context: ExportContext,
): Promise<ExportOutcome> {
  return exporter.export === LazyExporter.prototype.export
    ? (exporter as LazyExporter).exportEach(batch, context)
    : exporter.export(snapshotsOf(batch), context);
}

function snapshotsOf(batch: readonly SnapshotSource[]): SpanSnapshot[] {
  return batch.map((source) => source.toSnapshot());
}

/** A lazy exporter whose back end can be read. */
export abstract class ReadableLazyExporter extends LazyExporter {
  readonly reader: SpanReader = {
    getSpan: async (traceId, id) => (await this.loaded()).reader?.getSpan(traceId, id),
    listSpans: async (traceId) => (await (await this.loaded()).reader?.listSpans(traceId)) ?? [],
  };
}
