/** Where an exporter sends to: checked once, when it is made, so that a bad address is an error and not a silence. */
import { EverspanError } from "@everspan/protocol";
import { invalid } from "../contract/check-options.ts";
import { isUnixAddress, parseUnixAddress } from "./unix-address.ts";

export interface Endpoint {
  /** Without trailing slash and credentials; a request's path is appended. */
  readonly url: string;
  /** `Basic …` when the address had `user:password@`. */
  readonly authorization?: string;
}

export interface EndpointRules {
  /** The option's name, for the error. */
  readonly option: string;
  /** True when requests carry a credential. */
  readonly carriesCredentials: boolean;
  /** Clear HTTP with credentials to another machine, at the user's own word. Default false. */
  readonly allowInsecure?: boolean | undefined;
}

/**
 * @throws EverspanError `EVERSPAN_INVALID_OPTION` when it is not an http, https or unix address, or has a query;
 *   `EVERSPAN_INSECURE_URL` when a credential would travel over clear HTTP to another machine.
 */
export function parseEndpoint(address: string, rules: EndpointRules): Endpoint {
  if (isUnixAddress(address)) return unixEndpoint(address);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid(`${rules.option} must be an http:, https: or unix: address; it is ${describe(address)}.`);
  }
  if (url.search !== "" || url.hash !== "") {
    throw invalid(`${rules.option} must be an address without a query and a fragment: credentials travel in headers.`);
  }
  const authorization = basicAuthorization(url);
  const carriesCredentials = rules.carriesCredentials || authorization !== undefined;
  if (carriesCredentials && url.protocol === "http:" && !isLoopback(url.hostname) && rules.allowInsecure !== true) {
    throw new EverspanError(
      "EVERSPAN_INSECURE_URL",
      `${rules.option} is clear HTTP to ${url.host} and would carry credentials. Use https, or allowInsecure: true.`,
    );
  }
  const base = trimSlash(url.origin + url.pathname);
  return authorization === undefined ? { url: base } : { url: base, authorization };
}

export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    name === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/** With the colon that ends the socket's path, so that a request's path can be appended. */
function unixEndpoint(address: string): Endpoint {
  const { socketPath, path } = parseUnixAddress(address);
  return { url: `unix:${socketPath}:${trimSlash(path)}` };
}

function basicAuthorization(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const pair = `${decode(url.username)}:${decode(url.password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function trimSlash(text: string): string {
  return text.replace(/\/+$/, "");
}

/** Says enough to recognise the value; an address may hold a password. */
function describe(address: unknown): string {
  if (typeof address !== "string") return `a value of type ${typeof address}`;
  if (address === "") return "empty";
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1];
  return scheme === undefined ? "a text without a scheme" : `of the scheme ${scheme}:`;
}
