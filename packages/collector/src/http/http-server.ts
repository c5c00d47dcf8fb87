/**
 * The server around the routes: connection limits, the guard, routing, and one place that writes results. Every
 * response carries the security headers, also those to requests that never became one.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import * as limits from "../limits.ts";
import type { Logger } from "../logger.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import { checkOrigin, checkToken, type GuardOptions } from "./guard.ts";
import { HttpError } from "./http-errors.ts";
import { errorResult, type HttpResult } from "./http-result.ts";
import { parseTarget } from "./request-path.ts";
import type { Scope } from "./route.ts";
import type { Router } from "./router.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import type { ViewerFiles } from "./viewer-files.ts";

export interface HttpServerOptions {
  readonly router: Router;
  readonly token: string | undefined;
  /** Answers GET requests that no route has. */
  readonly viewer: ViewerFiles;
  readonly logger: Logger;
  /** Default: the deadlines of `limits.ts`. */
  readonly timeouts?: ConnectionTimeouts;
}

export interface ConnectionTimeouts {
  readonly headersMs: number;
  /** Headers and body together. */
  readonly requestMs: number;
  readonly idleMs: number;
  readonly checkIntervalMs: number;
}

const TIMEOUTS: ConnectionTimeouts = {
  headersMs: limits.HEADERS_TIMEOUT_MS,
  requestMs: limits.REQUEST_TIMEOUT_MS,
  idleMs: limits.IDLE_TIMEOUT_MS,
  checkIntervalMs: limits.DEADLINE_CHECK_INTERVAL_MS,
};

export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  readonly #connectionsOf = new Map<string, number>();
  #guard: GuardOptions;
  #draining = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#guard = { hosts: new Set(), token: options.token };
    const timeouts = options.timeouts ?? TIMEOUTS;
    this.#server = createServer({
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.idleMs,
      connectionsCheckingInterval: timeouts.checkIntervalMs,
      maxHeaderSize: limits.MAX_HEADER_BYTES,
      // Checked by the guard, whose answer has the security headers.
      requireHostHeader: false,
    });
    this.#server.maxConnections = limits.MAX_CONNECTIONS;
    this.#server.on("connection", (socket) => this.#admitConnection(socket));
    this.#server.on("request", (request, response) => void this.#serve(request, response, () => {}));
    this.#server.on(
      "checkContinue",
      (request, response) => void this.#serve(request, response, () => response.writeContinue()),
    );
    this.#server.on("upgrade", (_request, socket) => socket.end(rawError(400)));
    this.#server.on("connect", (_request, socket) => socket.end(rawError(400)));
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => endBrokenConnection(error, socket));
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
    const bound = (this.#server.address() as AddressInfo).port;
    this.#guard = { ...this.#guard, hosts: hostsFor(bound) };
    return bound;
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

  async #serve(request: IncomingMessage, response: ServerResponse, sendContinue: () => void): Promise<void> {
    // A sender that goes away in mid-answer is its own affair.
    request.on("error", () => {});
    response.on("error", () => {});
    const result = await this.#handle(request, sendContinue).catch((error: unknown) => this.#failure(error));
    // A body that was not read would be taken for the next request.
    const mustClose = this.#draining || !request.complete;
    writeResult(response, result, mustClose);
    if (!request.complete) request.resume();
  }

  async #handle(request: IncomingMessage, sendContinue: () => void): Promise<HttpResult> {
    checkOrigin(request, this.#guard);
    if (this.#draining) throw new HttpError(503, "STOPPING", "the collector is stopping", { "retry-after": "5" });
    const target = parseTarget(request.url);
    const permit = (scope: Scope) => this.#permit(request, scope);
    const result = await this.#options.router.handle({ raw: request, target, permit, sendContinue });
    const isRead = request.method === "GET" || request.method === "HEAD";
    const found = result ?? (isRead ? this.#options.viewer.find(request, target) : undefined);
    if (found !== undefined) return found;
    throw new HttpError(404, "NOT_FOUND", "nothing is here");
  }

  #permit(request: IncomingMessage, scope: Scope): string {
    if (scope !== "public") checkToken(request, this.#guard.token);
    return DEFAULT_PROJECT;
  }

  #failure(error: unknown): HttpResult {
    if (error instanceof HttpError) return errorResult(error);
    this.#options.logger.error(
      `a request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return errorResult(new HttpError(500, "INTERNAL", "the collector failed to serve this request"));
  }

  #admitConnection(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const count = (this.#connectionsOf.get(address) ?? 0) + 1;
    this.#connectionsOf.set(address, count);
    socket.once("close", () => {
      const left = this.#connectionsOf.get(address)! - 1;
      if (left === 0) this.#connectionsOf.delete(address);
      else this.#connectionsOf.set(address, left);
    });
    if (count > limits.MAX_CONNECTIONS_PER_ADDRESS) socket.destroy();
  }
}

function writeResult(response: ServerResponse, { status, headers, body }: HttpResult, mustClose: boolean): void {
  if (response.destroyed) return;
  const head: Record<string, string | number> = { ...SECURITY_HEADERS, "cache-control": "no-store", ...headers };
  if (mustClose) head.connection = "close";
  if (body.kind === "empty") {
    response.writeHead(status, head).end();
  } else if (body.kind === "bytes") {
    const bytes = typeof body.bytes === "string" ? Buffer.from(body.bytes) : body.bytes;
    response.writeHead(status, { ...head, "content-type": body.type, "content-length": bytes.byteLength }).end(bytes);
  } else {
    response.writeHead(status, { ...head, "content-type": body.type });
    body.start(response);
  }
}

/** What did not parse as HTTP, or took too long. */
function endBrokenConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  socket.end(rawError(status));
}

function rawError(status: number): string {
  const body = JSON.stringify({ error: { code: "BAD_REQUEST", message: STATUS_CODES[status] } });
  const headers = { ...SECURITY_HEADERS, "content-type": "application/json; charset=utf-8", connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
