/** HTTP/1.1 over connections of our own. See `transport.ts` for what a transport promises. */
import { AsyncResource } from "node:async_hooks";
import { MAX_RESPONSE_BYTES } from "@everspan/protocol";
import { type Clock, systemClock } from "../contract/clock.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { type DialOptions, proxyAuthorization } from "./dial.ts";
import { type ExchangeOptions, exchange, StaleConnectionError } from "./exchange.ts";
import { type ProxyVariables, proxyFor } from "./proxy.ts";
import { Semaphore } from "./semaphore.ts";
import { parseTarget, type Target } from "./target.ts";
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from "./transport.ts";
import { asTransportError } from "./transport-failure.ts";

export interface HttpTransportOptions {
  /** Most connections, and so most requests in flight. Default 3. */
  readonly concurrency?: number | undefined;
  /** To connect and to agree on TLS, in milliseconds. Default 3 000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Certificate authorities to trust instead of the usual ones, in PEM. */
  readonly ca?: string | undefined;
  /** Whether HTTP_PROXY, HTTPS_PROXY and NO_PROXY are followed. Default true. */
  readonly proxy?: boolean | undefined;
  /** Where the proxy variables are read. Default `process.env`. */
  readonly environment?: ProxyVariables | undefined;
  /** Resolves a host's name, for each connection anew. Default: the system's resolver. */
  readonly lookup?: DialOptions["lookup"] | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

export interface HttpTransportStats {
  /** Open now, idle or not. */
  readonly connections: number;
  /** Requests that met a connection which the server had closed meanwhile, and were sent again immediately. */
  readonly staleSockets: number;
}

const DEFAULT_CONCURRENCY = 3;
const DEFAULT_CONNECT_TIMEOUT_MS = 3_000;
const DEFAULT_DEADLINE_MS = 10_000;

/**
 * Where connections are made: outside of any request of the application, so that a connection that lives on holds
 * no AsyncLocalStorage of the request that happened to open it.
 */
const outside = /* @__PURE__ */ new AsyncResource("EverspanTransport");

export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  readonly #clock: Clock;
  readonly #permits: Semaphore;
  readonly #pools = new Map<string, ConnectionPool>();
  #lastTarget: { readonly url: string; readonly target: Target } | undefined;
  #staleSockets = 0;
  #isClosed = false;

  constructor(options: HttpTransportOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#permits = new Semaphore(options.concurrency ?? DEFAULT_CONCURRENCY);
  }

  stats(): HttpTransportStats {
    let connections = 0;
    for (const pool of this.#pools.values()) connections += pool.size;
    return { connections, staleSockets: this.#staleSockets };
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const deadlineAtMs = this.#clock.monotonicMs() + (request.deadlineMs ?? DEFAULT_DEADLINE_MS);
    if (!(await this.#permits.acquire(request.signal))) throw notBegun();
    try {
      return await outside.runInAsyncScope(() => this.#attempt(request, deadlineAtMs));
    } catch (error) {
      throw asTransportError(error, true);
    } finally {
      this.#permits.release();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async #attempt(request: TransportRequest, deadlineAtMs: number): Promise<TransportResponse> {
    if (this.#isClosed || request.signal?.aborted === true) throw notBegun();
    const target = this.#targetOf(request.url);
    const proxy = this.#proxyFor(target);
    const pool = this.#poolFor(target, proxy);
    const options = this.#exchangeOptions(request, target, proxy);
    const untilDeadlineMs = () => Math.max(0, Math.ceil(deadlineAtMs - this.#clock.monotonicMs()));
    try {
      return await exchange(pool, request, { ...options, deadlineMs: untilDeadlineMs() });
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      // Safe to send again: what Everspan sends is idempotent, and most likely nobody read it.
      this.#staleSockets += 1;
      pool.closeIdle();
      return await this.#sendAgain(exchange(pool, request, { ...options, deadlineMs: untilDeadlineMs() }));
    }
  }

  /** However the second sending ends, the first may have arrived. */
  async #sendAgain(second: Promise<TransportResponse>): Promise<TransportResponse> {
    try {
      return { ...(await second), wasSentBefore: true };
    } catch (error) {
      const { kind, message } = asTransportError(error, true);
      throw new TransportError(kind, message, true);
    }
  }

  /** An exporter sends to one address, or to few: the last one is not read again. */
  #targetOf(url: string): Target {
    if (this.#lastTarget?.url !== url) this.#lastTarget = { url, target: parseTarget(url) };
    return this.#lastTarget.target;
  }

  #proxyFor(target: Target): string | undefined {
    if (this.#options.proxy === false) return undefined;
    return proxyFor(target, this.#options.environment ?? process.env);
  }

  #poolFor(target: Target, proxy: string | undefined): ConnectionPool {
    const key = `${target.secure ? "https" : "http"}://${target.socketPath ?? target.authority} ${proxy ?? ""}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new ConnectionPool(target, proxy, {
        maxIdle: this.#options.concurrency ?? DEFAULT_CONCURRENCY,
        connectTimeoutMs: this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
        ca: this.#options.ca,
        lookup: this.#options.lookup,
        clock: this.#clock,
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }

  #exchangeOptions(
    request: TransportRequest,
    target: Target,
    proxy: string | undefined,
  ): Omit<ExchangeOptions, "deadlineMs"> {
    const viaProxy = proxy !== undefined && !target.secure;
    const hasBody = request.method !== "GET";
    return {
      requestTarget: viaProxy ? `http://${target.authority}${target.path}` : target.path,
      headers: {
        ...request.headers,
        host: target.authority,
        ...(hasBody ? { "content-length": String(request.bodyBytes) } : {}),
        ...(viaProxy ? proxyAuthorization(proxy) : {}),
      },
      maxResponseBytes: request.maxResponseBytes ?? MAX_RESPONSE_BYTES,
      clock: this.#clock,
    };
  }
}

function notBegun(): TransportError {
  return new TransportError("aborted", "the attempt was aborted before it began", false);
}
