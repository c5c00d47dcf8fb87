/**
 * OpenTelemetry's protocol over HTTP, `POST /v1/traces`. OTLP knows only spans that have ended: a snapshot of a
 * running span counts as delivered without being sent, since its end will carry everything.
 */
import type { SpanSnapshot } from "@everspan/protocol";
import type { Body } from "../encoding/body.ts";
import { BodyBuilder } from "../encoding/body-builder.ts";
import { otlpJsonBatch, otlpProtoBatch } from "../encoding/otlp-batch.ts";
import { classifyOtlpResponse } from "../transport/classify.ts";
import { Secret } from "../transport/secret.ts";
import type { TransportResponse } from "../transport/transport.ts";
import { Backend, type HttpExporterOptions } from "./backend.ts";
import { exportSafely } from "./export-safely.ts";
import { readPartialSuccess } from "./otlp-response.ts";
import type { BatchOptions, DeliveryOptions, ExportContext, ExportOutcome, SpanExporter } from "./span-exporter.ts";

export const OTLP_ENDPOINT = "http://localhost:4318";

export interface OtlpExporterOptions extends HttpExporterOptions {
  /** The back end's OTLP address; `/v1/traces` is appended. Default `http://localhost:4318`. */
  readonly endpoint?: string;
  /** The whole address, used as it is, instead of `endpoint`. */
  readonly url?: string;
  /** Sent with each request; one whose name says credential (`authorization`, `…key`, `…token`) is treated as one. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** Default `json`: it costs less CPU here than `protobuf`, which costs fewer bytes. */
  readonly protocol?: "json" | "protobuf";
  /** Names the lane. Default `otlp`. */
  readonly name?: string;
  readonly batch?: Partial<BatchOptions>;
}

const CREDENTIAL_NAME = /auth|key|token|secret|cookie|password/i;

export class OtlpExporter implements SpanExporter {
  readonly name: string;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  readonly #backend: Backend;
  readonly #path: string;
  readonly #isProtobuf: boolean;
  readonly #bodies = new BodyBuilder();

  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: OtlpExporterOptions = {}) {
    this.name = options.name ?? "otlp";
    if (options.batch !== undefined) this.batch = options.batch;
    if (options.delivery !== undefined) this.delivery = options.delivery;
    this.#isProtobuf = options.protocol === "protobuf";
    this.#path = options.url === undefined ? "/v1/traces" : "";
    this.#backend = new Backend({
      ...options,
      urlOption: options.url === undefined ? "endpoint" : "url",
      url: options.url ?? options.endpoint ?? OTLP_ENDPOINT,
      headers: markCredentials(options.headers ?? {}),
    });
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const ended = batch.filter((snapshot) => snapshot.phase === "ended");
    return exportSafely(ended, signal, async () => {
      const ids = ended.map(({ id }) => id);
      const { outcome } = await this.#backend.send("POST", this.#path, await this.#bodyOf(ended), signal, {
        contentType: this.#isProtobuf ? "application/x-protobuf" : "application/json",
        classify: (response, exchange) =>
          withPartialSuccess(classifyOtlpResponse(response, exchange, ids), response, ids),
      });
      return outcome;
    });
  }

  shutdown(): Promise<void> {
    return this.#backend.close();
  }

  #bodyOf(ended: readonly SpanSnapshot[]): Promise<Body> {
    return this.#bodies.compose((writer, encoder) =>
      this.#isProtobuf ? otlpProtoBatch(ended, writer) : otlpJsonBatch(ended, writer, encoder),
    );
  }
}

/** The answer says how many spans were rejected and not which: as many are counted, and never sent again. */
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

function markCredentials(headers: Readonly<Record<string, string | Secret>>): Record<string, string | Secret> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, CREDENTIAL_NAME.test(name) ? Secret.of(value) : value]),
  );
}
