/**
 * Writes results to sockets: compressed where that pays, within a deadline, and with a bound on the bytes that wait for
 * readers. A reader that does not read loses its response, never another's memory.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Clock } from "@everspan/protocol";
import {
  COMPRESS_FROM_BYTES,
  MAX_UNREAD_RESPONSE_BYTES,
  MIN_READ_BYTES_PER_SECOND,
  RESPONSE_GRACE_MS,
  STALLED_READER_MS,
} from "../limits.ts";
import { HttpError } from "./http-errors.ts";
import { errorResult, type HttpResult } from "./http-result.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

export type Encoding = "br" | "gzip";

const brotliBytes = promisify(brotliCompress);
const gzipBytes = promisify(gzip);

const compressors = {
  /** A window of 4 MB sees the conversation that each step repeats; the lowest quality is the one for each request. */
  br: (bytes: Uint8Array) =>
    brotliBytes(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 22 },
    }),
  gzip: (bytes: Uint8Array) => gzipBytes(bytes, { level: 1 }),
} satisfies Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>>;

const COMPRESSIBLE = /^(text\/(?!event-stream)|application\/(json|javascript)|image\/svg)/;

interface Unread {
  readonly bytes: number;
  readonly sinceMs: number;
}

export class ResponseWriter {
  readonly #clock: Clock;
  /** Responses handed to their sockets and not taken by the system, the oldest first. */
  readonly #unread = new Map<ServerResponse, Unread>();
  #unreadBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Bytes of responses that wait for their readers. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** @param mustClose whether the connection ends with this response */
  async write(
    request: IncomingMessage,
    response: ServerResponse,
    result: HttpResult,
    mustClose: boolean,
  ): Promise<void> {
    const { status, headers, body } = result;
    const head: Record<string, string | number> = { ...SECURITY_HEADERS, "cache-control": "no-store", ...headers };
    if (mustClose) head.connection = "close";
    if (response.destroyed) return;
    if (body.kind === "empty") {
      response.writeHead(status, head).end();
    } else if (body.kind === "stream") {
      response.writeHead(status, { ...head, "content-type": body.type });
      body.start(response);
    } else {
      head["content-type"] = body.type;
      await this.#writeBytes(request, response, { status, head, bytes: toBytes(body.bytes) });
    }
  }

  async #writeBytes(request: IncomingMessage, response: ServerResponse, whole: WholeResponse): Promise<void> {
    const { status, head } = whole;
    let { bytes } = whole;
    if (!this.#makeRoom(bytes.byteLength)) {
      const busy = new HttpError(503, "BUSY", "too many responses wait to be read", { "retry-after": "5" });
      await this.write(request, response, errorResult(busy), true);
      return;
    }
    this.#hold(response, bytes.byteLength);
    const encoding = request.method === "HEAD" ? undefined : encodingFor(request, head, bytes);
    if (encoding !== undefined) {
      bytes = await compressors[encoding](bytes);
      head["content-encoding"] = encoding;
    }
    if (isCompressible(head, bytes) || encoding !== undefined) head.vary = "accept-encoding";
    if (response.destroyed) return;
    response.writeHead(status, { ...head, "content-length": bytes.byteLength }).end(bytes);
  }

  /** Counted until the system has taken the last byte, or the connection is gone; small ones it takes anyway. */
  #hold(response: ServerResponse, bytes: number): void {
    if (bytes < COMPRESS_FROM_BYTES) return;
    this.#unread.set(response, { bytes, sinceMs: this.#clock.monotonicMs() });
    this.#unreadBytes += bytes;
    const allowedMs = RESPONSE_GRACE_MS + (bytes / MIN_READ_BYTES_PER_SECOND) * 1000;
    const cancelDeadline = this.#clock.schedule(() => response.destroy(), allowedMs, false);
    const release = () => {
      cancelDeadline();
      if (this.#unread.delete(response)) this.#unreadBytes -= bytes;
    };
    // After the last byte, too.
    response.once("close", release);
  }

  /** Takes the room of readers that have not read for longest. @returns false when there is none */
  #makeRoom(bytes: number): boolean {
    if (bytes < COMPRESS_FROM_BYTES) return true;
    const nowMs = this.#clock.monotonicMs();
    for (const [response, { sinceMs }] of this.#unread) {
      if (this.#unreadBytes + bytes <= MAX_UNREAD_RESPONSE_BYTES) break;
      if (nowMs - sinceMs < STALLED_READER_MS) break;
      response.destroy();
      this.#forget(response);
    }
    return this.#unreadBytes === 0 || this.#unreadBytes + bytes <= MAX_UNREAD_RESPONSE_BYTES;
  }

  #forget(response: ServerResponse): void {
    const unread = this.#unread.get(response);
    if (unread === undefined) return;
    this.#unread.delete(response);
    this.#unreadBytes -= unread.bytes;
  }
}

interface WholeResponse {
  readonly status: number;
  readonly head: Record<string, string | number>;
  readonly bytes: Uint8Array;
}

function toBytes(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === "string" ? Buffer.from(bytes) : bytes;
}

function encodingFor(
  request: IncomingMessage,
  head: Readonly<Record<string, string | number>>,
  bytes: Uint8Array,
): Encoding | undefined {
  return isCompressible(head, bytes) ? acceptedEncoding(request.headers["accept-encoding"]) : undefined;
}

function isCompressible(head: Readonly<Record<string, string | number>>, bytes: Uint8Array): boolean {
  return (
    head["content-encoding"] === undefined &&
    bytes.byteLength >= COMPRESS_FROM_BYTES &&
    COMPRESSIBLE.test(String(head["content-type"]))
  );
}

/** The better of those that the reader takes; one with `q=0` is refused by it. */
export function acceptedEncoding(
  header: string | string[] | undefined,
  offered: readonly Encoding[] = ["br", "gzip"],
): Encoding | undefined {
  const offers = String(header ?? "")
    .toLowerCase()
    .split(",", 20)
    .map((offer) => offer.split(";", 3).map((part) => part.trim()));
  const takes = (name: Encoding) =>
    offered.includes(name) && offers.some(([taken, weight]) => taken === name && !/^q=0(\.0*)?$/.test(weight ?? ""));
  return takes("br") ? "br" : takes("gzip") ? "gzip" : undefined;
}
