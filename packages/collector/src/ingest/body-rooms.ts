/**
 * What requests in flight may take of this process's memory: their bodies' bytes, which lie outside the heap, and what is
 * parsed of them, which lies in it. A request keeps its room until it was served, so what waits for its commit counts.
 */
import type { IncomingMessage } from "node:http";
import { HttpError } from "../http/http-errors.ts";
import { MAX_BUFFERED_BODY_BYTES, MAX_PARSED_HEAP_BYTES } from "../limits.ts";

export interface RoomBounds {
  /** Bytes of bodies, all requests together; one is always let in. Default `MAX_BUFFERED_BODY_BYTES`. */
  readonly bodyBytes?: number;
  /** Bytes of heap for what is parsed, all requests together. Default `MAX_PARSED_HEAP_BYTES`. */
  readonly parsedBytes?: number;
}

export class BodyRooms {
  readonly #maxBodyBytes: number;
  readonly #maxParsedBytes: number;
  readonly #rooms = new Map<IncomingMessage, Room>();
  #bodyBytes = 0;
  #parsedBytes = 0;

  constructor({ bodyBytes = MAX_BUFFERED_BODY_BYTES, parsedBytes = MAX_PARSED_HEAP_BYTES }: RoomBounds = {}) {
    this.#maxBodyBytes = bodyBytes;
    this.#maxParsedBytes = parsedBytes;
  }

  /** The request's room. Whoever takes one gives it back by `release`. */
  of(request: IncomingMessage): Room {
    const known = this.#rooms.get(request);
    if (known !== undefined) return known;
    const room = new Room({
      body: (bytes, ofRequest) => this.#reserveBody(bytes, ofRequest),
      parsed: (bytes, ofRequest) => this.#reserveParsed(bytes, ofRequest),
    });
    this.#rooms.set(request, room);
    return room;
  }

  release(request: IncomingMessage): void {
    const room = this.#rooms.get(request);
    if (room === undefined) return;
    this.#rooms.delete(request);
    this.#bodyBytes -= room.bodyBytes;
    this.#parsedBytes -= room.parsedBytes;
    room.close();
  }

  /** What no other request stands beside is let in: it would be turned away each time that it comes. */
  #reserveBody(bytes: number, ofRequest: number): void {
    const all = this.#bodyBytes + bytes;
    if (all > ofRequest && all > this.#maxBodyBytes) throw busy();
    this.#bodyBytes = all;
  }

  #reserveParsed(bytes: number, ofRequest: number): void {
    if (ofRequest > this.#maxParsedBytes) {
      const message = `the body would take about ${ofRequest} bytes of memory as objects, and ${this.#maxParsedBytes} are there for it: send fewer spans in a request, or give the collector more (--max-old-space-size)`;
      throw new HttpError(413, "TOO_LARGE", message);
    }
    if (this.#parsedBytes + bytes > this.#maxParsedBytes) throw busy();
    this.#parsedBytes += bytes;
  }
}

interface Reserve {
  readonly body: (bytes: number, ofRequest: number) => void;
  readonly parsed: (bytes: number, ofRequest: number) => void;
}

/** What one request takes. It grows with what has arrived, since a compressed body may not say. */
export class Room {
  bodyBytes = 0;
  parsedBytes = 0;
  readonly #reserve: Reserve;
  #isClosed = false;

  constructor(reserve: Reserve) {
    this.#reserve = reserve;
  }

  /** @param bytes of the body until now. @throws HttpError 503 when all bodies together would be too much */
  holdBody(bytes: number): void {
    if (bytes <= this.bodyBytes) return;
    this.#refuseClosed();
    this.#reserve.body(bytes - this.bodyBytes, bytes);
    this.bodyBytes = bytes;
  }

  /**
   * To be called before it is parsed.
   * @param bytes of heap, beyond what the request holds already
   * @throws HttpError 413 when it would be too much alone, 503 when it is beside others
   */
  holdParsed(bytes: number): void {
    this.#refuseClosed();
    this.#reserve.parsed(bytes, this.parsedBytes + bytes);
    this.parsedBytes += bytes;
  }

  /** What would be held from here on, nobody would release. */
  close(): void {
    this.#isClosed = true;
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new Error("the request has ended");
  }
}

function busy(): HttpError {
  const message = "too many requests are being received or wait to be stored";
  return new HttpError(503, "BUSY", message, { "retry-after": "1" });
}
