/** Everspan's own collector: snapshots as they are, and what they share once. */
import type { NativeResponse, SpanSnapshot } from "@everspan/protocol";
import { oneLine } from "../diagnostics.ts";
import { BodyBuilder } from "../encoding/body-builder.ts";
import { nativeBatch } from "../encoding/native-batch.ts";
import type { TransportResponse } from "../transport/transport.ts";
import { Backend } from "./backend.ts";
import type { BackendAddress, HttpExporterOptions } from "./backend-address.ts";
import { CollectorReader } from "./collector-reader.ts";
import { exportSafely } from "./export-safely.ts";
import type { Delivery } from "./lazy-exporter.ts";
import type { ExportContext, ExportOutcome } from "./span-exporter.ts";

export class CollectorDelivery implements Delivery {
  readonly reader: CollectorReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();

  constructor(address: BackendAddress, options: HttpExporterOptions) {
    this.#backend = new Backend(address, options);
    this.reader = new CollectorReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return exportSafely(batch, signal, async () => {
      const body = await this.#bodies.compose((writer) => nativeBatch(batch, writer));
      const { outcome, response } = await this.#backend.send("POST", "/v1/everspan/batch", body, signal);
      return outcome.kind === "delivered" && response !== undefined ? withRejections(response) : outcome;
    });
  }

  close(): Promise<void> {
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
