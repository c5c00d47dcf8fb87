/** One request and its response over a pooled connection, within one absolute deadline. */
import { ClientRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { MAX_RESPONSE_BYTES } from "@everspan/protocol";
import type { Clock } from "../contract/clock.ts";
import { inBackground } from "../contract/in-background.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import { TransportError, type TransportRequest, type TransportResponse } from "./transport.ts";
import { asTransportError, codeOf } from "./transport-failure.ts";

const MAX_HEADER_BYTES = 32 * 1024;
/** For the body of a response after its head: the status is what counts, and a body that drips must not cost the attempt. */
const BODY_TIMEOUT_MS = 2_000;

export interface ExchangeOptions {
  /** The request's target as the first line says it: a path, or the whole address for a proxy. */
  readonly requestTarget: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly maxResponseBytes: number;
  readonly clock: Clock;
}

/** The pooled connection had been closed by the server before the request could be read: nothing was processed. */
export class StaleConnectionError extends TransportError {
  constructor() {
    super("reset", "the server had closed the idle connection", true);
  }
}

/**
 * Resolves as soon as the response's head is there and its body has ended, broken off or reached the limit; a status
 * that arrived is never turned into an error by what happens after it.
 */
export function exchange(
  pool: ConnectionPool,
  request: TransportRequest,
  options: ExchangeOptions,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    // Not `http.request`: tracers replace that function to record every call of the application; ours is not one.
    const client = new ClientRequest({
      agent: pool,
      method: request.method,
      path: options.requestTarget,
      headers: options.headers,
      setHost: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const state = new ExchangeState(client, options.maxResponseBytes);
    let cancelBodyDeadline = () => {};
    const settle = (error?: unknown) => {
      cancelDeadline();
      cancelBodyDeadline();
      request.signal?.removeEventListener("abort", onAbort);
      const response = state.response(error !== undefined);
      // A connection in the middle of something can't carry another request.
      if (error !== undefined || response?.bodyTruncated === true || !client.writableFinished) client.destroy();
      if (response !== undefined) resolve(response);
      else reject(state.failure(error));
    };
    const onAbort = () => settle(new TransportError("aborted", "the attempt was aborted", state.mayBeDelivered));
    const cancelDeadline = options.clock.schedule(
      () => {
        // After a blocked event loop the response may lie in the kernel already: one turn to read it.
        options.clock.defer(() =>
          settle(new TransportError("timeout", `no response within ${options.deadlineMs} ms`, state.mayBeDelivered)),
        );
      },
      options.deadlineMs,
      false,
    );
    request.signal?.addEventListener("abort", onAbort, { once: true });

    client.on("socket", (socket) => state.begin(socket));
    client.on("error", (error) => settle(error));
    client.on("response", (response) => {
      pool.noteHint(response);
      if (options.maxResponseBytes <= MAX_RESPONSE_BYTES) {
        cancelBodyDeadline = options.clock.schedule(
          () =>
            settle(new TransportError("timeout", `no whole response within ${BODY_TIMEOUT_MS} ms of its head`, true)),
          BODY_TIMEOUT_MS,
          false,
        );
      }
      state.readBody(response, settle);
    });
    // A server that switches protocols unasked would keep the request open for ever.
    client.on("upgrade", (_response, socket) => {
      socket.destroy();
      settle(new TransportError("protocol", "the server switched protocols", true));
    });
    inBackground(() => writeWhole(client, request.body));
  });
}

/** In one turn, so that head and body leave in one call to the kernel. */
function writeWhole(client: ClientRequest, body: TransportRequest["body"]): void {
  for (const piece of body) client.write(piece);
  client.end();
}

class ExchangeState {
  readonly #client: ClientRequest;
  readonly #maxBodyBytes: number;
  #socket: Socket | undefined;
  #bytesReadBefore = 0;
  #response: IncomingMessage | undefined;
  #chunks: Buffer[] = [];
  #bodyBytes = 0;
  #isBodyWhole = false;

  constructor(client: ClientRequest, maxBodyBytes: number) {
    this.#client = client;
    this.#maxBodyBytes = maxBodyBytes;
  }

  begin(socket: Socket): void {
    this.#socket = socket;
    this.#bytesReadBefore = socket.bytesRead;
  }

  /** From the moment a connection carries the request, the server may have seen all of it. */
  get mayBeDelivered(): boolean {
    return this.#socket !== undefined;
  }

  readBody(response: IncomingMessage, settle: (error?: unknown) => void): void {
    this.#response = response;
    response.on("data", (chunk: Buffer) => {
      const room = this.#maxBodyBytes - this.#bodyBytes;
      this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      this.#bodyBytes += chunk.length;
      if (this.#bodyBytes > this.#maxBodyBytes) settle();
    });
    response.on("end", () => {
      this.#isBodyWhole = response.complete;
      settle();
    });
    response.on("error", (error) => settle(error));
  }

  response(broken: boolean): TransportResponse | undefined {
    if (this.#response === undefined) return undefined;
    return {
      status: this.#response.statusCode ?? 0,
      headers: plainHeaders(this.#response),
      body: Buffer.concat(this.#chunks),
      bodyTruncated: broken || !this.#isBodyWhole,
    };
  }

  failure(error: unknown): TransportError {
    const code = codeOf(error);
    const heardNothing = this.#socket !== undefined && this.#socket.bytesRead === this.#bytesReadBefore;
    if (this.#client.reusedSocket && heardNothing && (code === "ECONNRESET" || code === "EPIPE")) {
      return new StaleConnectionError();
    }
    return asTransportError(error, this.mayBeDelivered);
  }
}

function plainHeaders(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && name !== "__proto__") headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}
