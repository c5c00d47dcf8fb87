/** Batches for Scale GenAI Platform: `PUT /v5/spans/batch`, the upsert, so that sending a batch twice changes nothing. */
import { SGP_MAX_BATCH_ITEMS, type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import { BodyBuilder } from "../encoding/body-builder.ts";
import { Backend } from "./backend.ts";
import type { BackendAddress, HttpExporterOptions } from "./backend-address.ts";
import { exportSafely } from "./export-safely.ts";
import type { Delivery } from "./lazy-exporter.ts";
import { checkForSgp } from "./sgp-preflight.ts";
import { SgpReader } from "./sgp-reader.ts";
import type { ExportContext, ExportOutcome } from "./span-exporter.ts";

export class SgpDelivery implements Delivery {
  readonly reader: SgpReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();

  constructor(address: BackendAddress, options: HttpExporterOptions) {
    this.#backend = new Backend(address, options);
    this.reader = new SgpReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return exportSafely(batch, signal, () => this.#deliver(batch, signal));
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  async #deliver(batch: readonly SpanSnapshot[], signal: AbortSignal): Promise<ExportOutcome> {
    if (batch.length > SGP_MAX_BATCH_ITEMS) return { kind: "tooLarge" };
    const { accepted, rejected } = checkForSgp(batch);
    if (accepted.length > 0) {
      const body = await this.#bodies.list('{"items":[', accepted, toSgpItem, "]}");
      const { outcome } = await this.#backend.send("PUT", "/v5/spans/batch", body, signal);
      if (outcome.kind !== "delivered") return outcome;
    }
    return rejected.length === 0 ? { kind: "delivered" } : { kind: "partial", rejected };
  }
}
