/** Batches for Scale GenAI Platform: `PUT /v5/spans/batch`, the upsert, so that sending a batch twice changes nothing. */
import { SGP_MAX_BATCH_ITEMS, type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import type { ExportOutcome, RejectedSpan } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { Backend, forThose } from "../backend/backend.ts";
import type { BackendAddress, HttpExporterOptions } from "../backend/backend-address.ts";
import type { Sender, SnapshotSource } from "../backend/sender.ts";
import { checkForSgp } from "./preflight.ts";
import { SgpReader } from "./reader.ts";

export class SgpSender implements Sender {
  readonly reader: SgpReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();

  constructor(address: BackendAddress, options: HttpExporterOptions) {
    this.#backend = new Backend(address, options);
    this.reader = new SgpReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return this.#deliver(batch, (snapshot) => snapshot, signal);
  }

  exportEach(batch: readonly SnapshotSource[], { signal }: ExportContext): Promise<ExportOutcome> {
    return this.#deliver(batch, (source) => source.toSnapshot(), signal);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  async #deliver<T>(
    batch: readonly T[],
    snapshotOf: (value: T) => SpanSnapshot,
    signal: AbortSignal,
  ): Promise<ExportOutcome> {
    if (batch.length > SGP_MAX_BATCH_ITEMS) return { kind: "tooLarge" };
    const rejected: RejectedSpan[] = [];
    const sent: number[] = [];
    let position = 0;
    const itemOf = (value: T) => {
      const snapshot = checkForSgp(snapshotOf(value), rejected);
      if (snapshot !== undefined) sent.push(position);
      position += 1;
      return snapshot === undefined ? undefined : toSgpItem(snapshot);
    };
    const body = await this.#bodies.list('{"items":[', batch, itemOf, "]}");
    if (rejected.length === batch.length) {
      body.release();
      return { kind: "partial", rejected };
    }
    const { outcome } = await this.#backend.send("PUT", "/v5/spans/batch", body, signal);
    if (rejected.length === 0) return outcome;
    if (outcome.kind !== "delivered") return forThose(outcome, sent);
    return { kind: "partial", rejected };
  }
}
