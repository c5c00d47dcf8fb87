/** Where a back end is and what is sent to prove who asks: all that can be wrong is found when the exporter is made. */
import { invalid, requireOneOf, unfit } from "../../contract/check-options.ts";
import { type Endpoint, parseEndpoint } from "../../transport/endpoint.ts";
import { Secret } from "../../transport/secret.ts";
import type { Transport } from "../../transport/transport.ts";
import type { ExporterOptions } from "./lazy-exporter.ts";

/** The options that every exporter over HTTP takes. */
export interface HttpExporterOptions extends ExporterOptions {
  /** Used as it is and never closed by the exporter. Default: a transport of its own, closed at shutdown. */
  readonly transport?: Transport | undefined;
  /**
   * On another thread. zstd costs less than gzip and is smaller; it needs Node 22.15, elsewhere gzip is sent. Where the
   * back end answers 415 the next simpler form is sent. Default: none.
   */
  readonly compression?: "zstd" | "gzip" | "none" | undefined;
  /** Lets credentials travel over clear HTTP to another machine. Default false: `EVERSPAN_INSECURE_URL`. */
  readonly allowInsecure?: boolean | undefined;
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
  /** Credentials among the headers: what the back end says is shown without them. */
  readonly secrets: Secret[] = [];

  /** @throws EverspanError for an address that can't be used, see `parseEndpoint`, and for a header that can't be sent */
  constructor({ urlOption: option, url, headers, allowInsecure, compression }: BackendAddressOptions) {
    requireOneOf("compression", compression, ["zstd", "gzip", "none"]);
    const sent: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value instanceof Secret) this.secrets.push(value);
      sent[checkedName(name)] = checkedValue(name, value instanceof Secret ? value.reveal() : value);
    }
    this.#endpoint = parseEndpoint(url, { option, carriesCredentials: this.secrets.length > 0, allowInsecure });
    const { authorization } = this.#endpoint;
    if (authorization !== undefined) {
      this.secrets.push(new Secret(authorization));
      sent.authorization = authorization;
    }
    this.headers = sent;
  }

  urlOf(path: string): string {
    return this.#endpoint.url + path;
  }
}

/** The header of a token; none without one. */
export function bearer(token: string | Secret | undefined): Readonly<Record<string, Secret>> {
  const secret = Secret.of(token ?? "");
  return secret.isEmpty ? {} : { authorization: secret.prefixed("Bearer ") };
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What belongs to the connection and the message is the transport's to say. */
const TRANSPORTS_OWN =
  /^(?:connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

function checkedName(name: string): string {
  if (!HEADER_NAME.test(name)) throw unfit("headers", "names of letters, digits and -", name);
  const lower = name.toLowerCase();
  if (TRANSPORTS_OWN.test(lower)) throw invalid(`headers: ${lower} is set by Everspan`);
  return lower;
}

/** A value that a header can't carry is an error here, not an altered key that the back end refuses for ever. */
function checkedValue(name: string, value: unknown): string {
  if (typeof value !== "string")
    throw invalid(`headers: ${name}: expected a string, got ${value === null ? "null" : typeof value}`);
  const bad = /[^\t\x20-\x7e\x80-\xff]/u.exec(value);
  if (bad !== null) {
    const atEnd = bad.index === value.trimEnd().length ? ", the line break at its end" : "";
    throw invalid(`headers: ${name}: a header can't carry ${JSON.stringify(bad[0])}${atEnd}`);
  }
  return value;
}
