/** Where a back end is and what is sent to prove who asks: all that can be wrong is found when the exporter is made. */
import { type Endpoint, parseEndpoint } from "../../transport/endpoint.ts";
import { Secret } from "../../transport/secret.ts";
import type { Transport } from "../../transport/transport.ts";
import type { ExporterOptions } from "./lazy-exporter.ts";

/** The options that every exporter over HTTP takes. */
export interface HttpExporterOptions extends ExporterOptions {
  /** Used as it is and never closed by the exporter. Default: a transport of its own, closed at shutdown. */
  readonly transport?: Transport;
  /** Costs about 11 us per KiB of body, on another thread. Default: none. */
  readonly compression?: "gzip" | "none";
  /** Lets credentials travel over clear HTTP to another machine. Default false: `EVERSPAN_INSECURE_URL`. */
  readonly allowInsecure?: boolean;
}

export interface BackendAddressOptions extends HttpExporterOptions {
  /** What the address is called in the exporter's options. */
  readonly urlOption: string;
  readonly url: string;
  /** Sent with each request. A `Secret` is a credential. */
  readonly headers: Readonly<Record<string, string | Secret>>;
}

export class BackendAddress {
  readonly headers: Readonly<Record<string, string>>;
  readonly #endpoint: Endpoint;
  readonly #secrets: Secret[] = [];

  /** @throws EverspanError for an address that can't be used, see `parseEndpoint` */
  constructor({ urlOption: option, url, headers, allowInsecure }: BackendAddressOptions) {
    const sent: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = this.#headerText(value);
    this.#endpoint = parseEndpoint(url, { option, carriesCredentials: this.#secrets.length > 0, allowInsecure });
    const { authorization } = this.#endpoint;
    if (authorization !== undefined) sent.authorization = this.#headerText(new Secret(authorization));
    this.headers = sent;
  }

  urlOf(path: string): string {
    return this.#endpoint.url + path;
  }

  /** Text without this back end's credentials. */
  redact(text: string): string {
    return this.#secrets.reduce((redacted, secret) => secret.redactIn(redacted), text);
  }

  /** Whatever is not allowed in a header must not become a second one. */
  #headerText(value: string | Secret): string {
    if (value instanceof Secret) this.#secrets.push(value);
    const text = value instanceof Secret ? value.reveal() : value;
    return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
  }
}
