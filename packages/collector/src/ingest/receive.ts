/** A request's body, with every bound checked before the work that it bounds: bytes as they came, or parsed JSON. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { type Clock, parseJsonNumbers, systemClock } from "@everspan/protocol";
import { HttpError } from "../http/http-errors.ts";
import type { RouteRequest } from "../http/route.ts";
import {
  BODY_GRACE_MS,
  MAX_BODY_BYTES,
  MAX_BUFFERED_BODY_BYTES,
  MAX_COMPRESSED_BODY_BYTES,
  MAX_JSON_DEPTH,
  MAX_JSON_NODES,
  MAX_KEY_BYTES,
  MIN_BODY_BYTES_PER_SECOND,
} from "../limits.ts";
import { nextTurn } from "../turns.ts";
import { COMPRESSIONS, type Compression, decompress, isCompression } from "./decompress.ts";
import { type JsonScanFinding, scanJson } from "./json-scan.ts";

type Encoding = "identity" | Compression;

export interface ReceiveOptions {
  /** Content types that the body may have, without parameters. */
  readonly types: readonly string[];
  /** Size of the body after decompression, in bytes. Default `MAX_BODY_BYTES`. */
  readonly maxBytes?: number;
  /** Size of a compressed body as it arrives, in bytes. Default `MAX_COMPRESSED_BODY_BYTES`. */
  readonly maxCompressedBytes?: number;
}

const TAKEN = COMPRESSIONS.join(", ");
const RATE_CHECK_MS = 1_000;

/** A body from this size on is parsed in a turn of its own: several that arrive together do not make one long stop. */
const OWN_TURN_BYTES = 16 * 1024;

const JSON_BODY: ReceiveOptions = { types: ["application/json"] };

export class BodyReceiver {
  readonly #clock: Clock;
  readonly #onReceived: (project: string, bytes: number) => void;
  readonly #maxHeldBytes: number;
  #heldBytes = 0;

  /**
   * @param onReceived told of each body that came whole, and its size after decompression
   * @param maxHeldBytes of all bodies together. Default `MAX_BUFFERED_BODY_BYTES`
   */
  constructor(
    clock: Clock = systemClock,
    onReceived: (project: string, bytes: number) => void = () => {},
    maxHeldBytes = MAX_BUFFERED_BODY_BYTES,
  ) {
    this.#clock = clock;
    this.#onReceived = onReceived;
    this.#maxHeldBytes = maxHeldBytes;
  }

  /** @throws HttpError 400, 413, 415, 422 or 503 */
  async receiveJson(request: RouteRequest): Promise<unknown> {
    const body = await this.receiveBytes(request, JSON_BODY);
    const value = parseJson(body);
    if (body.byteLength >= OWN_TURN_BYTES) await nextTurn();
    return value;
  }

  /** The whole body, decompressed. @throws HttpError 400, 413, 415 or 503 */
  async receiveBytes(request: RouteRequest, options: ReceiveOptions): Promise<Buffer> {
    const { types, maxBytes = MAX_BODY_BYTES, maxCompressedBytes = MAX_COMPRESSED_BODY_BYTES } = options;
    requireType(request.raw, types);
    const encoding = encodingOf(request.raw);
    const maxReceived = encoding === "identity" ? maxBytes : maxCompressedBytes;
    const room = new Room((bytes) => this.#reserve(bytes));
    try {
      refuseDeclaredLength(request.raw, maxReceived);
      request.sendContinue();
      const received = await readBody(request.raw, { maxBytes: maxReceived, room, clock: this.#clock });
      const body =
        encoding === "identity"
          ? received
          : await decompress(received, encoding, (bytes, windowBytes) => {
              if (bytes > maxBytes) throw tooLarge(maxBytes);
              room.hold(received.byteLength + windowBytes + bytes);
            });
      this.#onReceived(request.project, body.byteLength);
      if (body.byteLength >= OWN_TURN_BYTES) await nextTurn();
      return body;
    } finally {
      this.#heldBytes -= room.bytes;
    }
  }

  /** One body is always let in, however small the bound. */
  #reserve(bytes: number): void {
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > this.#maxHeldBytes) {
      throw new HttpError(503, "BUSY", "too many requests are being received", { "retry-after": "1" });
    }
    this.#heldBytes += bytes;
  }
}

/** What one body takes of the memory for all bodies. It grows with what has arrived, since a compressed body may not say. */
class Room {
  bytes = 0;
  readonly #reserve: (bytes: number) => void;

  constructor(reserve: (bytes: number) => void) {
    this.#reserve = reserve;
  }

  /** @throws HttpError 503 when all bodies together would be too much */
  hold(bytes: number): void {
    if (bytes <= this.bytes) return;
    this.#reserve(bytes - this.bytes);
    this.bytes = bytes;
  }
}

function requireType(request: IncomingMessage, types: readonly string[]): void {
  if (types.includes(contentTypeOf(request))) return;
  const message = `the body must have the content type ${types.join(" or ")}`;
  throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message);
}

/** The content type in lower case, without parameters; empty when there is none. */
export function contentTypeOf(request: IncomingMessage): string {
  return request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function encodingOf(request: IncomingMessage): Encoding {
  const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding === "identity" || isCompression(encoding)) return encoding;
  throw new HttpError(415, "UNSUPPORTED_ENCODING", `the content encoding must be one of ${TAKEN}, identity`, {
    "accept-encoding": TAKEN,
  });
}

/** What is announced reserves nothing: a sender that announces much and sends nothing would shut out the others. */
function refuseDeclaredLength(request: IncomingMessage, maxBytes: number): void {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

interface BodyBounds {
  readonly maxBytes: number;
  readonly room: Room;
  readonly clock: Clock;
}

/** Stops reading at a bound; the connection is closed with the response, since the rest was not read. */
function readBody(request: IncomingMessage, { maxBytes, room, clock }: BodyBounds): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isWhole = false;
    const stopWatch = watchRate(clock, () => bytes, refuse);
    const take = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      try {
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        room.hold(bytes);
        chunks.push(chunk);
      } catch (error) {
        refuse(error);
      }
    };
    function refuse(error: unknown): void {
      stopWatch();
      // What comes after holds no room: nobody would release it.
      request.off("data", take);
      reject(error);
    }
    request.on("data", take);
    request.on("end", () => {
      stopWatch();
      isWhole = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.on("close", () => {
      if (!isWhole) refuse(new HttpError(400, "INCOMPLETE_BODY", "the body ended early"));
    });
  });
}

/** Refuses a body that drips. @returns ends the watch */
function watchRate(clock: Clock, bytesUntilNow: () => number, refuse: (error: HttpError) => void): () => void {
  const startedMs = clock.monotonicMs();
  let cancel = clock.schedule(look, BODY_GRACE_MS, false);
  function look(): void {
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    if (bytesUntilNow() < seconds * MIN_BODY_BYTES_PER_SECOND) {
      const message = `the body must come with at least ${MIN_BODY_BYTES_PER_SECOND} bytes a second`;
      refuse(new HttpError(408, "BAD_REQUEST", message));
    } else cancel = clock.schedule(look, RATE_CHECK_MS, false);
  }
  return () => cancel();
}

export interface ParseOptions {
  /** Containers within containers. Default `MAX_JSON_DEPTH`. */
  readonly maxDepth?: number;
  /** Values in all. Default `MAX_JSON_NODES`. */
  readonly maxNodes?: number;
  /** Changes the text before it is parsed, after it was looked over. */
  readonly prepare?: (text: string) => string;
}

/** Parses a body whose structure was looked over first; numbers that no double holds are kept. @throws HttpError 400, 413 or 422 */
export function parseJson(body: Buffer, options: ParseOptions = {}): unknown {
  const { maxDepth = MAX_JSON_DEPTH, maxNodes = MAX_JSON_NODES, prepare } = options;
  const finding = scanJson(body, maxDepth, maxNodes);
  const keepsNumbers = finding === "number beyond doubles";
  if (finding !== undefined && !keepsNumbers) throw describeFinding(finding, maxDepth, maxNodes);
  if (!isUtf8(body)) throw new HttpError(400, "BAD_UTF8", "the body is not valid UTF-8");
  try {
    const text = body.toString("utf8");
    const prepared = prepare === undefined ? text : prepare(text);
    return keepsNumbers ? parseJsonNumbers(prepared) : JSON.parse(prepared);
  } catch {
    throw new HttpError(400, "BAD_JSON", "the body is not valid JSON");
  }
}

/** 413 asks the sender for fewer spans, which is no help where a single value is beyond a limit. */
function describeFinding(
  finding: Exclude<JsonScanFinding, "number beyond doubles">,
  maxDepth: number,
  maxNodes: number,
): HttpError {
  if (finding === "too deep") {
    return new HttpError(422, "JSON_LIMIT", `the body's JSON is nested too deeply: more than ${maxDepth} containers`);
  }
  if (finding === "key too long") {
    const message = `the body's JSON has a property name of more than ${MAX_KEY_BYTES} bytes`;
    return new HttpError(422, "JSON_LIMIT", message);
  }
  return new HttpError(413, "JSON_LIMIT", `the body's JSON has more than ${maxNodes} values`);
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, "TOO_LARGE", `the body must have at most ${maxBytes} bytes`);
}
