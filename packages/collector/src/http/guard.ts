/**
 * Who may talk to the collector, decided before routing from the request's head alone.
 *
 * A page of any site can send requests to a server on this machine, and a name that the page's owner controls can be
 * made to point here (DNS rebinding). So the Host must be one of the exact names that this server goes by, and a
 * request that says where it comes from must come from this server's own pages.
 */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-errors.ts";

/**
 * Names that no one but this machine answers to, with whatever port: the server may be reached through a forwarded one.
 * A page that another server on this machine gave out still has another origin.
 */
const LOOPBACK_NAME = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

export interface GuardOptions {
  /** Exact values of the Host header, beside the names of loopback. */
  readonly hosts: ReadonlySet<string>;
}

/** The Host values of a server: the name that it listens on with the port, and the names that its owner allows. */
export function allowedHosts(host: string, port: number, extraHosts: readonly string[]): ReadonlySet<string> {
  const hosts = new Set([`${host.includes(":") ? `[${host}]` : host}:${port}`]);
  for (const extra of extraHosts) {
    hosts.add(extra);
    if (!/:\d+$/.test(extra)) hosts.add(`${extra}:${port}`);
  }
  return hosts;
}

/** @throws HttpError 400, 403 or 421 */
export function checkOrigin(request: IncomingMessage, options: GuardOptions): void {
  checkHost(request, options.hosts);
  const origin = request.headers.origin;
  if (
    origin !== undefined &&
    origin !== `http://${request.headers.host}` &&
    origin !== `https://${request.headers.host}`
  ) {
    throw new HttpError(403, "FORBIDDEN_ORIGIN", "requests from other origins are refused");
  }
  if (request.headers["sec-fetch-site"] === "cross-site" && !isNavigation(request)) {
    throw new HttpError(403, "FORBIDDEN_ORIGIN", "requests from other sites are refused");
  }
}

/** Node joins or drops repeated headers, so they are counted where they still stand apart. */
function checkHost(request: IncomingMessage, hosts: ReadonlySet<string>): void {
  const given = headerValues(request, "host");
  if (given.length !== 1) throw new HttpError(400, "BAD_HOST", "exactly one Host header is required");
  if (hosts.has(given[0]!) || LOOPBACK_NAME.test(given[0]!)) return;
  throw new HttpError(
    421,
    "UNKNOWN_HOST",
    "this server does not go by the name in the Host header; if it should, start it with --allow-host",
  );
}

function headerValues(request: IncomingMessage, name: string): string[] {
  return request.rawHeaders.filter((_, index, raw) => index % 2 === 1 && raw[index - 1]!.toLowerCase() === name);
}

/** A link from another site to a page of the viewer is followed; anything else from there is not. */
function isNavigation(request: IncomingMessage): boolean {
  return (
    request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate" && !request.url?.startsWith("/api/")
  );
}
