/** What the exporters that speak HTTP have in common: an address, credentials, a transport, and a verdict. */
import { DEFAULT_DELIVERY } from "../defaults.ts";
import { type Body, EMPTY_BODY } from "../encoding/body.ts";
import { gzip } from "../encoding/gzip.ts";
import { classifyError, classifyResponse, type Exchange } from "../transport/classify.ts";
import { type Endpoint, parseEndpoint } from "../transport/endpoint.ts";
import { HttpTransport } from "../transport/http-transport.ts";
import { Secret } from "../transport/secret.ts";
import type { Transport, TransportRequest, TransportResponse } from "../transport/transport.ts";
import type { DeliveryOptions, ExportOutcome } from "./span-exporter.ts";

/** The options that every exporter over HTTP takes. */
export interface HttpExporterOptions {
  /** Used as it is and never closed by the exporter. Default: a transport of its own, closed at shutdown. */
  readonly transport?: Transport;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Costs about 11 us per KiB of body, on another thread. Default: none. */
  readonly compression?: "gzip" | "none";
  /** Lets credentials travel over clear HTTP to another machine. Default false: `EVERSPAN_INSECURE_URL`. */
  readonly allowInsecure?: boolean;
}

export interface BackendOptions extends HttpExporterOptions {
  /** What the address is called in the exporter's options. */
  readonly urlOption: string;
  readonly url: string;
  /** Sent with each request. A `Secret` is a credential. */
  readonly headers: Readonly<Record<string, string | Secret>>;
}

export interface Answer {
  readonly outcome: ExportOutcome;
  /** Absent when no answer came. */
  readonly response?: TransportResponse;
}

/** How one answer becomes an outcome. */
export type Classify = (response: TransportResponse, exchange: Exchange) => ExportOutcome;

/** The lane ends an attempt by its signal, after the time that the tracer was told; this is for whoever has no lane. */
const MAX_ATTEMPT_MS = 120_000;
const MAX_READ_BYTES = 64 * 1024 * 1024;

export class Backend {
  readonly #endpoint: Endpoint;
  readonly #headers: Record<string, string> = {};
  readonly #secrets: Secret[] = [];
  readonly #transport: Transport;
  readonly #ownsTransport: boolean;
  readonly #compresses: boolean;

  /** @throws EverspanError for an address that can't be used, see `parseEndpoint` */
  constructor(options: BackendOptions) {
    const { urlOption: option, allowInsecure } = options;
    for (const [name, value] of Object.entries(options.headers)) this.#addHeader(name, value);
    this.#endpoint = parseEndpoint(options.url, {
      option,
      carriesCredentials: this.#secrets.length > 0,
      allowInsecure,
    });
    const { authorization } = this.#endpoint;
    if (authorization !== undefined) this.#addHeader("authorization", new Secret(authorization));
    this.#ownsTransport = options.transport === undefined;
    const concurrency = options.delivery?.concurrency ?? DEFAULT_DELIVERY.concurrency;
    this.#transport = options.transport ?? new HttpTransport({ concurrency });
    this.#compresses = options.compression === "gzip";
  }

  /** Sends, releases the body, and names what became of it; never rejects. */
  async send(
    method: TransportRequest["method"],
    path: string,
    body: Body,
    signal: AbortSignal,
    options: { readonly contentType?: string; readonly classify?: Classify } = {},
  ): Promise<Answer> {
    const url = this.#endpoint.url + path;
    const exchange: Exchange = { method, url, redact: (text) => this.#redact(text) };
    try {
      const sent = this.#compresses ? await gzip(body) : body;
      const response = await this.#transport.send({
        method,
        url,
        headers: {
          ...this.#headers,
          "content-type": options.contentType ?? "application/json",
          ...(this.#compresses ? { "content-encoding": "gzip" } : {}),
        },
        body: sent.pieces,
        bodyBytes: sent.bytes,
        signal,
        deadlineMs: MAX_ATTEMPT_MS,
      });
      return { outcome: (options.classify ?? classifyResponse)(response, exchange), response };
    } catch (error) {
      return { outcome: classifyError(error, exchange) };
    } finally {
      body.release();
    }
  }

  /**
   * Reads JSON; undefined when the back end answers 404.
   * @throws Error when it can't be read, with a message for people
   */
  async read(method: "GET" | "POST", path: string, body: Body = EMPTY_BODY): Promise<unknown> {
    const url = this.#endpoint.url + path;
    const exchange: Exchange = { method, url, redact: (text) => this.#redact(text) };
    const response = await this.#transport
      .send({
        method,
        url,
        headers: { ...this.#headers, accept: "application/json", "content-type": "application/json" },
        body: body.pieces,
        bodyBytes: body.bytes,
        deadlineMs: DEFAULT_DELIVERY.attemptTimeoutMs,
        maxResponseBytes: MAX_READ_BYTES,
      })
      .catch((error: unknown) => classifyError(error, exchange));
    if ("kind" in response) throw new Error("reason" in response ? response.reason : response.kind);
    if (response.status === 404) return undefined;
    const outcome = classifyResponse(response, exchange);
    if (outcome.kind !== "delivered") throw new Error("reason" in outcome ? outcome.reason : outcome.kind);
    if (response.bodyTruncated)
      throw new Error(`the answer to ${method} ${url} is longer than ${MAX_READ_BYTES} bytes`);
    return JSON.parse(response.body.toString("utf8")) as unknown;
  }

  async close(): Promise<void> {
    if (this.#ownsTransport) await this.#transport.close();
  }

  #addHeader(name: string, value: string | Secret): void {
    if (value instanceof Secret) this.#secrets.push(value);
    // Whatever is not allowed in a header must not become a second one.
    this.#headers[name.toLowerCase()] = headerText(value instanceof Secret ? value.reveal() : value);
  }

  #redact(text: string): string {
    return this.#secrets.reduce((redacted, secret) => secret.redactIn(redacted), text);
  }
}

function headerText(value: string): string {
  return value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
}
