/** What a request connects to, read from its address. Loaded with the transport, which an exporter's check is not. */
import { isUnixAddress, parseUnixAddress } from "./unix-address.ts";

/** What a request connects to. `socketPath` instead of a host for a unix socket. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string;
  /** Path and query. */
  readonly path: string;
  /** The `Host` header. */
  readonly authority: string;
}

/** @throws TypeError when the text is not an address (an exporter's endpoint was checked before). */
export function parseTarget(address: string): Target {
  if (isUnixAddress(address)) return unixTarget(address);
  const url = new URL(address);
  const secure = url.protocol === "https:";
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    authority: url.host,
  };
}

/** Origin and path: an address that may stand in a log. */
export function withoutCredentials(address: string): string {
  if (isUnixAddress(address) || !URL.canParse(address)) return address.split("?", 1)[0]!;
  const url = new URL(address);
  return url.origin + url.pathname;
}

function unixTarget(address: string): Target {
  const { socketPath, path } = parseUnixAddress(address);
  return { secure: false, host: "localhost", port: 80, socketPath, path, authority: "localhost" };
}
