/** The proxy variables, as curl and Go read them. Loopback addresses never go through a proxy. */
import { isLoopback } from "./endpoint.ts";
import type { Target } from "./target.ts";

export type ProxyVariables = Readonly<Record<string, string | undefined>>;

/** The proxy's address for this target, with a scheme, or undefined for a direct connection. */
export function proxyFor(target: Target, environment: ProxyVariables): string | undefined {
  if (target.socketPath !== undefined || isLoopback(target.host)) return undefined;
  if (isExempt(target, read(environment, "NO_PROXY"))) return undefined;
  const proxy = target.secure ? read(environment, "HTTPS_PROXY") : readHttpProxy(environment);
  return proxy === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** In a CGI process a client's `Proxy:` header arrives as HTTP_PROXY ("httpoxy"); only the lowercase name is safe there. */
function readHttpProxy(environment: ProxyVariables): string | undefined {
  return environment.REQUEST_METHOD === undefined ? read(environment, "HTTP_PROXY") : environment.http_proxy;
}

function read(environment: ProxyVariables, name: string): string | undefined {
  const value = environment[name.toLowerCase()] ?? environment[name];
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}

function isExempt(target: Target, list: string | undefined): boolean {
  if (list === undefined) return false;
  return list.split(/[\s,]+/).some((entry) => entry !== "" && matches(entry.toLowerCase(), target));
}

/** `*`, `host`, `.domain`, `*.domain`, each with an optional `:port`. A plain domain covers its sub-domains too. */
function matches(entry: string, target: Target): boolean {
  if (entry === "*") return true;
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*|[0-9a-f:]*:[0-9a-f:]*)(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && Number(port) !== target.port) return false;
  const domain = name.replace(/^\[(.*)\]$/, "$1").replace(/^\*?\./, "");
  const host = target.host.toLowerCase();
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}
