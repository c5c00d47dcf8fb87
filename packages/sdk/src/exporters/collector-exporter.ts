/** Everspan's own collector. */
import { type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import { BodyBuilder } from "../encoding/body-builder.ts";
import { Secret } from "../transport/secret.ts";
import { Backend, type HttpExporterOptions } from "./backend.ts";
import { CollectorReader } from "./collector-reader.ts";
import { exportSafely } from "./export-safely.ts";
import type {
  BatchOptions,
  DeliveryOptions,
  ExportContext,
  ExportOutcome,
  SpanExporter,
  SpanReader,
} from "./span-exporter.ts";

export const COLLECTOR_URL = "http://127.0.0.1:4318";

export interface CollectorExporterOptions extends HttpExporterOptions {
  /** Default `http://127.0.0.1:4318`. `unix:/path/to.sock` reaches a collector on a unix socket. */
  readonly url?: string;
  /** Sent as `Authorization: Bearer`; needed where the collector listens beyond its own machine. */
  readonly token?: string | Secret;
  /** Names the lane. Default `collector`. */
  readonly name?: string;
  readonly batch?: Partial<BatchOptions>;
}

export class CollectorExporter implements SpanExporter {
  readonly name: string;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  readonly reader: SpanReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();

  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: CollectorExporterOptions = {}) {
    this.name = options.name ?? "collector";
    if (options.batch !== undefined) this.batch = options.batch;
    if (options.delivery !== undefined) this.delivery = options.delivery;
    const token = options.token === undefined ? undefined : Secret.of(options.token);
    this.#backend = new Backend({
      ...options,
      urlOption: "url",
      url: options.url ?? COLLECTOR_URL,
      headers: token === undefined || token.isEmpty ? {} : { authorization: token.prefixed("Bearer ") },
    });
    this.reader = new CollectorReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return exportSafely(batch, signal, async () => {
      const body = await this.#bodies.list('{"items":[', batch, toSgpItem, "]}");
      return (await this.#backend.send("PUT", "/v5/spans/batch", body, signal)).outcome;
    });
  }

  shutdown(): Promise<void> {
    return this.#backend.close();
  }
}
