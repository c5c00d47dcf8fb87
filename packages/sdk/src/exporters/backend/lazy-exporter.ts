/**
 * An exporter whose working part is loaded with its first batch. What `import "everspan"` loads is on the start-up path
 * of every process that is traced: codecs, encoders and connections can wait until there is something to send.
 *
 * A batch goes `exportBatch` -> `LazyExporter` -> `Sender` -> `Backend` -> `Transport`. An error on the way is caught
 * where its meaning is known: what the sender throws is a batch that can't be encoded (`poison`, here), what the
 * transport rejects with is classified (`Backend`), and what anything else throws is `busy` (`delivery/attempts.ts`).
 */
import type { SpanSnapshot } from "@everspan/protocol";
import { captureError } from "../../capture/index.ts";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { BatchOptions, DeliveryOptions } from "../../contract/lane-options.ts";
import type { RedactionOptions } from "../../contract/redaction-options.ts";
import type { ExportContext, SpanExporter, SpanReader } from "../../contract/span-exporter.ts";
import type { SpanRecord } from "../../delivery/record/span-record.ts";
import type { RecordSource, Sender } from "./sender.ts";

/** The options that every exporter takes. */
export interface ExporterOptions {
  /** Names the lane in `stats().lanes`; unique within a tracer. Default: the back end's own name, see the exporter. */
  readonly name?: string | undefined;
  /** Overrides the tracer's batching for this back end. */
  readonly batch?: Partial<BatchOptions> | undefined;
  /** Overrides the tracer's delivery options for this back end. */
  readonly delivery?: Partial<DeliveryOptions> | undefined;
  /** What is withheld from this back end besides what the tracer's `redaction` withholds. Default: nothing more. */
  readonly redaction?: RedactionOptions | undefined;
}

export abstract class LazyExporter implements SpanExporter {
  readonly name: string;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  readonly redaction?: RedactionOptions;
  readonly #load: () => Promise<Sender>;
  #sender: Promise<Sender> | undefined;

  /** @param name where the options give none */
  constructor(options: ExporterOptions, name: string, load: () => Promise<Sender>) {
    this.name = options.name ?? name;
    if (options.batch !== undefined) this.batch = options.batch;
    if (options.delivery !== undefined) this.delivery = options.delivery;
    if (options.redaction !== undefined) this.redaction = options.redaction;
    this.#load = load;
  }

  export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome> {
    return this.#attempt(batch, context, (sender) => sender.export(batch, context));
  }

  exportEach(batch: readonly RecordSource[], context: ExportContext): Promise<ExportOutcome> {
    return this.#attempt(
      batch,
      context,
      (sender) => sender.exportEach?.(batch, context) ?? sender.export(snapshotsOf(batch), context),
    );
  }

  /** Whether its sender writes this record without a snapshot. */
  async writesAsIs(record: SpanRecord): Promise<boolean | undefined> {
    return (await this.loaded()).writesAsIs?.(record);
  }

  /** Closes the sender. A batch that comes later, of another tracer with the same exporter, loads a new one. */
  async shutdown(): Promise<void> {
    const sender = this.#sender;
    this.#sender = undefined;
    await (await sender)?.close();
  }

  protected get isLoaded(): boolean {
    return this.#sender !== undefined;
  }

  protected loaded(): Promise<Sender> {
    if (this.#sender === undefined) {
      const loading = this.#load();
      this.#sender = loading;
      // Tried again with the next batch: a bundle that is being replaced may be missing for a moment.
      loading.catch(() => {
        if (this.#sender === loading) this.#sender = undefined;
      });
    }
    return this.#sender;
  }

  async #attempt(
    batch: readonly unknown[],
    { signal }: ExportContext,
    send: (sender: Sender) => Promise<ExportOutcome>,
  ): Promise<ExportOutcome> {
    if (batch.length === 0) return { kind: "delivered" };
    if (signal.aborted) return { kind: "busy", reason: "the attempt was aborted before it began" };
    const sender = await this.loaded();
    try {
      return await send(sender);
    } catch (error) {
      return { kind: "poison", reason: oneLine(`can't be encoded: ${captureError(error).message}`) };
    }
  }
}

function snapshotsOf(batch: readonly RecordSource[]): SpanSnapshot[] {
  return batch.map((source) => source.toRecord().toSnapshot());
}

/** A lazy exporter whose back end can be read. */
export abstract class ReadableLazyExporter extends LazyExporter {
  readonly reader: SpanReader = {
    getSpan: async (traceId, id) => (await this.loaded()).reader?.getSpan(traceId, id),
    listSpans: async (traceId) => (await (await this.loaded()).reader?.listSpans(traceId)) ?? [],
  };
}
