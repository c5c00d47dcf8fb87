/**
 * In the place of `exporters/collector/sender.ts`: the same route, the batch as plain JSON. Payloads that spans share are
 * sent with each of them: naming them by a hash in JavaScript would cost a request more CPU than the bytes cost the wire.
 * Nothing is read back, and the collector hears no heartbeats from a runtime that stops between requests.
 */
import { NATIVE_FORMAT, type NativeResponse, type SpanSnapshot } from "@everspan/protocol";
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { ExportContext } from "../contract/span-exporter.ts";
import { bodyOf } from "../encoding/body.ts";
import { Backend } from "../exporters/backend/backend.ts";
import type { BackendAddress } from "../exporters/backend/backend-address.ts";
import type { Sender } from "../exporters/backend/sender.ts";
import type { CollectorExporterOptions } from "../exporters/collector/options.ts";

/** Keys that mean a reference in a batch: the application's own get a dollar sign more, see `protocol/payload/blob.ts`. */
const REFERENCE_KEYS = /([{,]")(\$+blob":)/g;

export class CollectorSender implements Sender {
  readonly #backend: Backend;

  constructor(address: BackendAddress, options: CollectorExporterOptions) {
    this.#backend = new Backend(address, options);
  }

  async export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const spans = JSON.stringify(batch).replace(REFERENCE_KEYS, "$1$$$2");
    const body = bodyOf(new TextEncoder().encode(`{"format":"${NATIVE_FORMAT}","spans":${spans},"blobs":{}}`));
    const { outcome, response } = await this.#backend.send("POST", "/v1/everspan/batch", body, signal);
    return outcome.kind === "delivered" && response !== undefined ? answered(response.body) : outcome;
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }
}

/** A response that can't be read says nothing against the batch: the status said that it is committed. */
function answered(body: Uint8Array): ExportOutcome {
  try {
    const { rejected } = JSON.parse(new TextDecoder().decode(body)) as Partial<NativeResponse>;
    if (!Array.isArray(rejected) || rejected.length === 0) return { kind: "delivered" };
    const spans = rejected.map(({ id, reason }) => ({ id: String(id), reason: oneLine(String(reason)) }));
    return { kind: "partial", rejected: spans };
  } catch {
    return { kind: "delivered" };
  }
}
