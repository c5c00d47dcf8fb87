/**
 * Messages between the collector's processes, over a socket that both hold. A message is two lengths, a head of JSON and
 * a body of bytes that is neither parsed nor copied on the sender's side.
 */
import type { Duplex } from "node:stream";

const LENGTHS = 8;
/** Of the system's own making, so what is larger is a broken stream. */
const MAX_HEAD_BYTES = 64 * 1024 * 1024;

export interface ChannelEvents {
  onMessage(head: unknown, body: Buffer): void;
  /** Called once: the other side is gone. */
  onEnd(): void;
}

export class Channel {
  readonly #stream: Duplex;
  readonly #reader: MessageReader;
  #isEnded = false;

  constructor(stream: Duplex, events: ChannelEvents) {
    this.#stream = stream;
    this.#reader = new MessageReader(events.onMessage);
    const end = (): void => {
      if (this.#isEnded) return;
      this.#isEnded = true;
      stream.destroy();
      events.onEnd();
    };
    stream.on("data", (chunk: Buffer) => this.#reader.push(chunk));
    for (const event of ["end", "close", "error"]) stream.on(event, end);
  }

  /** What is sent after the end is lost, as it would be on the way. */
  send(head: unknown, body: Uint8Array = new Uint8Array()): void {
    if (this.#isEnded) return;
    const text = Buffer.from(JSON.stringify(head), "utf8");
    const lengths = Buffer.allocUnsafe(LENGTHS);
    lengths.writeUInt32LE(text.byteLength, 0);
    lengths.writeUInt32LE(body.byteLength, 4);
    this.#stream.cork();
    this.#stream.write(lengths);
    this.#stream.write(text);
    if (body.byteLength > 0) this.#stream.write(body);
    this.#stream.uncork();
  }

  close(): void {
    this.#stream.end();
  }
}

/** Puts messages together from chunks; each byte of a body is copied once. */
class MessageReader {
  readonly #onMessage: (head: unknown, body: Buffer) => void;
  #part: Buffer = Buffer.allocUnsafe(LENGTHS);
  #filled = 0;
  #head: unknown;
  #bodyBytes = 0;
  #reads: "lengths" | "head" | "body" = "lengths";

  constructor(onMessage: (head: unknown, body: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.byteLength) {
      const copied = chunk.copy(this.#part, this.#filled, at);
      this.#filled += copied;
      at += copied;
      while (this.#filled === this.#part.byteLength) this.#take();
    }
  }

  #take(): void {
    const part = this.#part;
    if (this.#reads === "lengths") {
      const headBytes = part.readUInt32LE(0);
      if (headBytes > MAX_HEAD_BYTES) throw new Error("the channel between two processes is broken");
      this.#bodyBytes = part.readUInt32LE(4);
      this.#expect("head", headBytes);
    } else if (this.#reads === "head") {
      this.#head = JSON.parse(part.toString("utf8"));
      this.#expect("body", this.#bodyBytes);
    } else {
      const head = this.#head;
      this.#expect("lengths", LENGTHS);
      this.#onMessage(head, part);
    }
  }

  #expect(what: "lengths" | "head" | "body", bytes: number): void {
    this.#reads = what;
    this.#part = Buffer.allocUnsafe(bytes);
    this.#filled = 0;
  }
}
