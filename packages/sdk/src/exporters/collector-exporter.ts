/** Everspan's own collector: snapshots as they are, and what they share once. */
import type { NativeResponse, SpanSnapshot } from "@everspan/protocol";
import { oneLine } from "../diagnostics.ts";
import { BodyBuilder } from "../encoding/body-builder.ts";
import { nativeBatch } from "../encoding/native-batch.ts";
import { Secret } from "../transport/secret.ts";
import type { TransportResponse } from "../transport/transport.ts";
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
      const body = await this.#bodies.compose((writer) => nativeBatch(batch, writer));
      const { outcome, response } = await this.#backend.send("POST", "/v1/everspan/batch", body, signal);
      return outcome.kind === "delivered" && response !== undefined ? withRejections(response) : outcome;
    });
  }

  shutdown(): Promise<void> {
    return this.#backend.close();
  }
}

/** An answer that can't be read says nothing against the batch: the status said that it is committed. */
function withRejections({ body }: TransportResponse): ExportOutcome {
  try {
    const { rejected } = JSON.parse(body.toString("utf8")) as Partial<NativeResponse>;
    if (!Array.isArray(rejected) || rejected.length === 0) return { kind: "delivered" };
    return {
      kind: "partial",
      rejected: rejected.map(({ id, reason }) => ({ id: String(id), reason: oneLine(String(reason)) })),
    };
  } catch {
    return { kind: "delivered" };
  }
}
