/**
 * OpenTelemetry's protocol over HTTP, `POST /v1/traces`. OTLP knows only spans that have ended: a snapshot of a
 * running span counts as delivered without being sent, since its end will carry everything.
 */
import type { SpanSnapshot } from "@everspan/protocol";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import type { Body } from "../../encoding/body.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { otlpJsonBatch, otlpProtoBatch } from "../../encoding/otlp-batch.ts";
import { classifyOtlpResponse } from "../../transport/classify.ts";
import type { TransportResponse } from "../../transport/transport.ts";
import { Backend, forThose } from "../backend/backend.ts";
import type { BackendAddress } from "../backend/backend-address.ts";
import type { Sender } from "../backend/sender.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { readPartialSuccess } from "./response.ts";

export class OtlpSender implements Sender {
  readonly #backend: Backend;
  readonly #path: string;
  readonly #isProtobuf: boolean;
  readonly #bodies = new BodyBuilder();

  constructor(address: BackendAddress, options: OtlpExporterOptions) {
    this.#backend = new Backend(address, options);
    this.#isProtobuf = options.protocol === "protobuf";
    this.#path = options.url === undefined ? "/v1/traces" : "";
  }

  async export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const positions = [...batch.keys()].filter((position) => batch[position]!.phase === "ended");
    const ended = positions.map((position) => batch[position]!);
    if (ended.length === 0) return { kind: "delivered" };
    const ids = ended.map(({ id }) => id);
    const { outcome } = await this.#backend.send("POST", this.#path, await this.#bodyOf(ended), signal, {
      contentType: this.#isProtobuf ? "application/x-protobuf" : "application/json",
      classify: (response, exchange) =>
        withPartialSuccess(classifyOtlpResponse(response, exchange, ids), response, ids),
    });
    return ended.length === batch.length ? outcome : forThose(outcome, positions);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  #bodyOf(ended: readonly SpanSnapshot[]): Promise<Body> {
    return this.#bodies.compose((writer, encoder) =>
      this.#isProtobuf ? otlpProtoBatch(ended, writer) : otlpJsonBatch(ended, writer, encoder),
    );
  }
}

/** The response says how many spans were rejected and not which: as many are counted, and never sent again. */
function withPartialSuccess(
  outcome: ExportOutcome,
  response: TransportResponse,
  ids: readonly string[],
): ExportOutcome {
  if (outcome.kind !== "delivered") return outcome;
  const { rejectedSpans, message } = readPartialSuccess(response);
  if (rejectedSpans === 0) return outcome;
  const reason = `${rejectedSpans} of ${ids.length} spans rejected, which ones is not said: ${message}`;
  return { kind: "partial", rejected: ids.slice(0, rejectedSpans).map((id) => ({ id, reason })) };
}
