/** What the exporters that speak HTTP have in common: a transport to their address, and a verdict on what comes back. */

import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { Body } from "../../encoding/body.ts";
import { compressing } from "../../encoding/compression.ts";
import { classifyError, classifyResponse, type Exchange } from "../../transport/classify.ts";
import { HttpTransport } from "../../transport/http-transport.ts";
import type { Transport, TransportRequest, TransportResponse } from "../../transport/transport.ts";
import { withoutSecrets } from "../../transport/without-secrets.ts";
import type { BackendAddress, HttpExporterOptions } from "./backend-address.ts";

/** What became of one request. */
export interface SendResult {
  readonly outcome: ExportOutcome;
  /** Absent when no response came. */
  readonly response?: TransportResponse;
}

/** How one response becomes an outcome. */
export type Classify = (response: TransportResponse, exchange: Exchange) => ExportOutcome;

/** The same outcome of a request that carried only these of the batch's snapshots, by position. */
export function forThose(outcome: ExportOutcome, sent: readonly number[]): ExportOutcome {
  if (outcome.kind === "delivered" || outcome.maybeDelivered !== true) return outcome;
  return { ...outcome, maybeDelivered: sent };
}

/** The lane ends an attempt by its signal, after the time that the tracer was told; this is for whoever has no lane. */
const MAX_ATTEMPT_MS = 120_000;

export class Backend {
  readonly address: BackendAddress;
  readonly transport: Transport;
  readonly #ownsTransport: boolean;
  readonly #compressed: ReturnType<typeof compressing>;

  /** @param concurrency most requests in flight; default: as many as the lane has batches in flight */
  constructor(address: BackendAddress, options: HttpExporterOptions, concurrency = Number.POSITIVE_INFINITY) {
    this.address = address;
    this.#ownsTransport = options.transport === undefined;
    this.transport = options.transport ?? new HttpTransport({ concurrency });
    this.#compressed = compressing(options.compression);
  }

  /** Sends, releases the body, and names what became of it; never rejects. */
  async send(
    method: TransportRequest["method"],
    path: string,
    body: Body,
    signal: AbortSignal,
    options: { readonly contentType?: string; readonly classify?: Classify } = {},
  ): Promise<SendResult> {
    const url = this.address.urlOf(path);
    const exchange: Exchange = { method, url, redact: (text) => withoutSecrets(text, this.address.secrets) };
    try {
      const response = await this.#compressed(body, ({ pieces, bytes }, encoding) =>
        this.transport.send({
          method,
          url,
          headers: {
            ...this.address.headers,
            "content-type": options.contentType ?? "application/json",
            ...encoding,
          },
          body: pieces,
          bodyBytes: bytes,
          signal,
          deadlineMs: MAX_ATTEMPT_MS,
        }),
      );
      return { outcome: (options.classify ?? classifyResponse)(response, exchange), response };
    } catch (error) {
      return { outcome: classifyError(error, exchange) };
    } finally {
      body.release();
    }
  }

  async close(): Promise<void> {
    if (this.#ownsTransport) await this.transport.close();
  }
}
