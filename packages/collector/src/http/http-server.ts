/**
 * The server around the routes: connection limits, the guard, routing, and the one net under all handlers. Every
 * response carries the security headers, also those to requests that never became one.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, systemClock } from "@everspan/protocol";
import * as limits from "../limits.ts";
import type { Logger } from "../logger.ts";
import { type ConnectionBounds, Connections } from "./connections.ts";
import { checkOrigin, type GuardOptions } from "./guard.ts";
import { HttpError } from "./http-errors.ts";
import { errorResult, type HttpResult } from "./http-result.ts";
import { refuseBrokenRequest, refuseSocket } from "./raw-response.ts";
import { parseTarget } from "./request-path.ts";
import { ResponseWriter } from "./response-writer.ts";
import type { Scope } from "./route.ts";
import type { Router } from "./router.ts";
import type { ViewerFiles } from "./viewer-files.ts";

export interface HttpServerOptions {
  readonly router: Router;
  /** @returns the project of the sender. @throws HttpError when the sender may not use routes of this scope */
  readonly permit: (request: IncomingMessage, scope: Scope) => string;
  /** Speaks https. Default: http. */
  readonly tls?: TlsOptions;
  /** Answers GET requests that no route has. */
  readonly viewer: ViewerFiles;
  readonly logger: Logger;
  /** What an error of a lower room is for the sender; undefined for one that is a bug. Default: every one is. */
  readonly describe?: (error: unknown) => HttpError | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the deadlines of `limits.ts`. */
  readonly timeouts?: ConnectionTimeouts;
  /** Default: the bounds of `limits.ts`. */
  readonly connections?: ConnectionBounds;
}

export interface ConnectionTimeouts {
  readonly headersMs: number;
  /** Headers and body together. */
  readonly requestMs: number;
  readonly idleMs: number;
  /** Nothing moves, in either direction. */
  readonly standstillMs: number;
  readonly checkIntervalMs: number;
}

const TIMEOUTS: ConnectionTimeouts = {
  headersMs: limits.HEADERS_TIMEOUT_MS,
  requestMs: limits.REQUEST_TIMEOUT_MS,
  idleMs: limits.IDLE_TIMEOUT_MS,
  standstillMs: limits.STANDSTILL_TIMEOUT_MS,
  checkIntervalMs: limits.DEADLINE_CHECK_INTERVAL_MS,
};

/** Certificate and key in PEM. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
}

/** Both kinds have the same events and settings; an https server's sockets are handed over once they are secured. */
function create(tls: TlsOptions | undefined, options: ServerOptions): Server {
  if (tls === undefined) return createServer(options);
  const server = createSecureServer({
    ...options,
    ...tls,
    minVersion: "TLSv1.2",
    handshakeTimeout: limits.HEADERS_TIMEOUT_MS,
  });
  // Such as a sender that speaks http here: its connection is of no use.
  server.on("tlsClientError", (_, socket) => socket.destroy());
  return server as unknown as Server;
}

export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  readonly #connections: Connections;
  readonly #writer: ResponseWriter;
  #guard: GuardOptions;
  #draining = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#guard = { hosts: new Set() };
    this.#connections = new Connections(options.connections);
    this.#writer = new ResponseWriter(options.clock ?? systemClock);
    const timeouts = options.timeouts ?? TIMEOUTS;
    this.#server = create(options.tls, {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.idleMs,
      connectionsCheckingInterval: timeouts.checkIntervalMs,
      maxHeaderSize: limits.MAX_HEADER_BYTES,
      // Checked by the guard, whose response has the security headers.
      requireHostHeader: false,
    });
    this.#server.maxConnections = limits.MAX_CONNECTIONS + limits.MAX_REFUSED_CONNECTIONS;
    this.#server.setTimeout(timeouts.standstillMs, (socket) => socket.destroy());
    this.#listenToSockets();
  }

  /** Every way in which Node hands over a socket. */
  #listenToSockets(): void {
    if (this.#options.tls !== undefined) this.#server.on("connection", (socket) => socket.on("error", () => {}));
    this.#server.on(this.#options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      // Node takes its own listener away when it hands a socket over; without any, a reset would end the process.
      socket.on("error", () => {});
      this.#connections.admit(socket);
    });
    this.#server.on("request", (request, response) => void this.#serve(request, response, () => {}));
    this.#server.on(
      "checkContinue",
      (request, response) => void this.#serve(request, response, () => response.writeContinue()),
    );
    // What else a sender may expect is not known here: its request is served as if it had not asked.
    this.#server.on("checkExpectation", (request, response) => void this.#serve(request, response, () => {}));
    this.#server.on("upgrade", (request, socket) => this.#refuseHandOver(request, socket));
    this.#server.on("connect", (request, socket) => this.#refuseHandOver(request, socket));
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseBrokenRequest(error, socket));
  }

  /** @param hostsFor the Host values for the port that was bound. @returns the bound port */
  async listen(host: string, port: number, hostsFor: (port: number) => ReadonlySet<string>): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    // Such as no file descriptor left for the next connection: that one is lost, and the others go on.
    this.#server.on("error", (error) => this.#options.logger.error(`the server: ${error.message}`));
    const bound = (this.#server.address() as AddressInfo).port;
    this.#guard = { hosts: hostsFor(bound) };
    return bound;
  }

  /** Connections that have a place now. */
  get connectionCount(): number {
    return this.#connections.count;
  }

  /** Bytes of responses that wait for their readers. */
  get unreadBytes(): number {
    return this.#writer.unreadBytes;
  }

  /** Stops accepting, lets requests in flight finish until the deadline, then closes what is left. */
  async close(): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const deadline = setTimeout(() => this.#server.closeAllConnections(), limits.DRAIN_TIMEOUT_MS);
    await closed;
    clearTimeout(deadline);
  }

  /** Ends with the response to a connection's newest request. */
  readonly #turns = new WeakMap<Socket, Promise<void>>();

  /**
   * Requests that a client sends without waiting for responses are served one after the other, so that a connection holds
   * one response at a time. Never rejects: nobody would hear it.
   */
  async #serve(request: IncomingMessage, response: ServerResponse, sendContinue: () => void): Promise<void> {
    const { socket } = request;
    // A sender that goes away in mid-response is its own affair.
    request.on("error", () => {});
    response.on("error", () => {});
    this.#connections.requestBegan(socket);
    response.once("close", () => this.#connections.requestEnded(socket));
    const turn = this.#turns.get(socket);
    this.#turns.set(socket, new Promise((resolve) => void response.once("close", resolve)));
    if (turn !== undefined) await turn;
    // Node tells the response in hand that its connection is gone, not those that wait behind it.
    if (socket.destroyed) response.destroy();
    if (response.destroyed) return;
    try {
      const result = await this.#handle(request, sendContinue).catch((error: unknown) => this.#failure(error));
      // A body that was not read would be taken for the next request.
      const mustClose = this.#draining || !request.complete || this.#connections.isRefused(socket);
      await this.#writer.write(request, response, result, mustClose);
      if (!request.complete) request.resume();
    } catch (error) {
      this.#options.logger.error(describe("a response could not be written", error));
      response.destroy();
    }
  }

  async #handle(request: IncomingMessage, sendContinue: () => void): Promise<HttpResult> {
    checkOrigin(request, this.#guard);
    this.#refuseWhenFull(request.socket);
    const target = parseTarget(request.url);
    const permit = (scope: Scope) => this.#options.permit(request, scope);
    const result = await this.#options.router.handle({ raw: request, target, permit, sendContinue });
    const isRead = request.method === "GET" || request.method === "HEAD";
    const found = result ?? (isRead ? this.#options.viewer.find(request, target) : undefined);
    if (found !== undefined) return found;
    throw new HttpError(404, "NOT_FOUND", "nothing is here");
  }

  /** @throws HttpError 503 */
  #refuseWhenFull(socket: Socket): void {
    if (this.#draining) throw new HttpError(503, "STOPPING", "the collector is stopping", { "retry-after": "5" });
    if (!this.#connections.isRefused(socket)) return;
    throw new HttpError(503, "BUSY", "too many connections are open", { "retry-after": "1" });
  }

  /** Upgrades and tunnels are not offered; the guard speaks first, as everywhere. */
  #refuseHandOver(request: IncomingMessage, socket: Duplex): void {
    try {
      checkOrigin(request, this.#guard);
      refuseSocket(socket, new HttpError(400, "BAD_REQUEST", "upgrades and tunnels are not offered"));
    } catch (error) {
      if (error instanceof HttpError) refuseSocket(socket, error);
      else socket.destroy();
    }
  }

  #failure(error: unknown): HttpResult {
    const known = error instanceof HttpError ? error : this.#options.describe?.(error);
    if (known !== undefined) return errorResult(known);
    this.#options.logger.error(describe("a request failed", error));
    return errorResult(new HttpError(500, "INTERNAL", "the collector failed to serve this request"));
  }
}

function describe(what: string, error: unknown): string {
  return `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
