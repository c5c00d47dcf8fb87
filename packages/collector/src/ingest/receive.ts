/** A request's body, with every bound checked before the work that it bounds: bytes as they came, or parsed JSON. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { type Clock, parseJsonNumbers, systemClock } from "@everspan/protocol";
import { HttpError } from "../http/http-errors.ts";
import type { RouteRequest } from "../http/route.ts";
import {
  BODY_GRACE_MS,
  HEAP_PER_JSON_BYTE,
  HEAP_PER_JSON_VALUE,
  MAX_BODY_BYTES,
  MAX_COMPRESSED_BODY_BYTES,
  MAX_JSON_DEPTH,
  MAX_JSON_NODES,
  MAX_KEY_BYTES,
  MIN_BODY_BYTES_PER_SECOND,
} from "../limits.ts";
import { nextTurn } from "../turns.ts";
import { BodyRooms, type Room, type RoomBounds } from "./body-rooms.ts";
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
  readonly #rooms: BodyRooms;

  /**
   * @param onReceived told of each body that came whole, and its size after decompression
   * @param bounds of all bodies together
   */
  constructor(
    clock: Clock = systemClock,
    onReceived: (project: string, bytes: number) => void = () => {},
    bounds: RoomBounds = {},
  ) {
    this.#clock = clock;
    this.#onReceived = onReceived;
    this.#rooms = new BodyRooms(bounds);
  }

  /** @throws HttpError 400, 413, 415, 422 or 503 */
  async receiveJson(request: RouteRequest): Promise<unknown> {
    const body = await this.receiveBytes(request, JSON_BODY);
    const value = this.parseJson(request, body);
    if (body.byteLength >= OWN_TURN_BYTES) await nextTurn();
    return value;
  }

  /** Parses a request's body, or a part of it, once there is room for what it becomes. @throws HttpError 400, 413, 422 or 503 */
  parseJson({ raw }: RouteRequest, body: Buffer, options: ParseOptions = {}): unknown {
    return parseJson(body, options, (values) => {
      this.#rooms.of(raw).holdParsed(body.byteLength * HEAP_PER_JSON_BYTE + values * HEAP_PER_JSON_VALUE);
    });
  }

  /** Room for what will be decoded of a request's body. @param bytes of heap. @throws HttpError 413 or 503 */
  holdParsed({ raw }: RouteRequest, bytes: number): void {
    this.#rooms.of(raw).holdParsed(bytes);
  }

  /** Serves a request, and gives back the room of its body when it was served or refused. */
  async releasing<Result>({ raw }: RouteRequest, serve: () => Promise<Result> | Result): Promise<Result> {
    try {
      return await serve();
    } finally {
      this.#rooms.release(raw);
    }
  }

  /** The whole body, decompressed; its room is held until the request was served. @throws HttpError 400, 413, 415 or 503 */
  async receiveBytes(request: RouteRequest, options: ReceiveOptions): Promise<Buffer> {
    const { types, maxBytes = MAX_BODY_BYTES, maxCompressedBytes = MAX_COMPRESSED_BODY_BYTES } = options;
    requireType(request.raw, types);
    const encoding = encodingOf(request.raw);
    const maxReceived = encoding === "identity" ? maxBytes : maxCompressedBytes;
    const room = this.#rooms.of(request.raw);
    try {
      refuseDeclaredLength(request.raw, maxReceived);
      request.sendContinue();
      const received = await readBody(request.raw, { maxBytes: maxReceived, room, clock: this.#clock });
      const body =
        encoding === "identity"
          ? received
          : await decompress(received, encoding, (bytes, windowBytes) => {
              if (bytes > maxBytes) throw tooLarge(maxBytes);
              room.holdBody(received.byteLength + windowBytes + bytes);
            });
      this.#onReceived(request.project, body.byteLength);
      if (body.byteLength >= OWN_TURN_BYTES) await nextTurn();
      return body;
    } catch (error) {
      // Not only when it was served: nothing is left of it.
      this.#rooms.release(request.raw);
      throw error;
    }
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
        room.holdBody(bytes);
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

/**
 * Parses a body whose structure was looked over first; numbers that no double holds are kept.
 * @param admit called before anything is made of it, with the number of its values; throws where that is too much
 * @throws HttpError 400, 413 or 422
 */
function parseJson(body: Buffer, options: ParseOptions, admit: (values: number) => void): unknown {
  const { maxDepth = MAX_JSON_DEPTH, maxNodes = MAX_JSON_NODES, prepare } = options;
  let values = 0;
  const finding = scanJson(body, maxDepth, maxNodes, (counted) => {
    values = counted;
  });
  const keepsNumbers = finding === "number beyond doubles";
  if (finding !== undefined && !keepsNumbers) throw describeFinding(finding, maxDepth, maxNodes);
  if (!isUtf8(body)) throw new HttpError(400, "BAD_UTF8", "the body is not valid UTF-8");
  admit(values);
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
