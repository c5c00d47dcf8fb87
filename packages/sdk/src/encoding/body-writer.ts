/** Turns text and ready-made bytes into a body: small things are packed into chunks, large bytes go by reference. */
import type { Body } from "./body.ts";
import type { ChunkPool } from "./chunk-pool.ts";

/** Text is gathered to this length before it becomes bytes: one call instead of hundreds. */
const GATHER_CHARS = 8 * 1024;
/** From this size, a piece of its own costs less than copying it. */
const BY_REFERENCE_BYTES = 32 * 1024;
/** Most bytes that a character of a string takes in UTF-8. */
const MAX_CHAR_BYTES = 3;
const COMMA = 0x2c;
/** Copying into memory that is not warm costs about this part of encoding. */
const COPY_COST = 0.4;

export class BodyWriter {
  readonly #pool: ChunkPool;
  readonly #chunks: Buffer[] = [];
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #text = "";
  /** What is gathered is ASCII, as far as is known. */
  #isAscii = true;
  #chunk: Buffer | undefined;
  /** What of the chunk is in a piece already, and what is written. */
  #sealed = 0;
  #filled = 0;
  #isReleased = false;
  /** What was written since this was last set to 0, in bytes freshly encoded. */
  work = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** @param isAscii whether the text is known to be: its bytes are its characters then, and copied as they are */
  text(text: string, isAscii = false): void {
    this.work += text.length;
    if (text.length >= GATHER_CHARS) {
      this.#flushText();
      this.#write(text);
      return;
    }
    this.#text += text;
    if (!isAscii) this.#isAscii = false;
    if (this.#text.length >= GATHER_CHARS) this.#flushText();
  }

  /**
   * What stands between the brackets of an array's JSON, after a comma unless it comes first. A bracket is overwritten
   * as a byte: cutting it off the text would copy all of the text.
   */
  items(json: string, isFirst: boolean): void {
    this.work += json.length;
    this.#flushText();
    const start = this.#write(json);
    this.#filled -= 1;
    if (isFirst) this.#chunk!.copyWithin(start, start + 1, this.#filled--);
    else this.#chunk![start] = COMMA;
  }

  /** Bytes that will not change. */
  bytes(bytes: Uint8Array): void {
    this.#flushText();
    if (bytes.length >= BY_REFERENCE_BYTES) {
      this.#seal();
      this.#pieces.push(bytes);
      this.#bytes += bytes.length;
      return;
    }
    this.work += bytes.length * COPY_COST;
    this.#chunkWith(bytes.length).set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  finish(): Body {
    this.#flushText();
    this.#seal();
    return { pieces: this.#pieces, bytes: this.#bytes, release: () => this.release() };
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const chunk of this.#chunks) this.#pool.giveBack(chunk);
  }

  #flushText(): void {
    if (this.#text === "") return;
    this.#write(this.#text, this.#isAscii);
    this.#text = "";
    this.#isAscii = true;
  }

  /** Answers where in the chunk it begins. */
  #write(text: string, isAscii = false): number {
    const fits = this.#chunk !== undefined && text.length * MAX_CHAR_BYTES <= this.#chunk.length - this.#filled;
    const chunk = fits ? this.#chunk! : this.#chunkWith(Buffer.byteLength(text));
    const start = this.#filled;
    this.#filled += chunk.write(text, start, isAscii ? "latin1" : "utf8");
    return start;
  }

  /** The current chunk when it has the room, else the next. */
  #chunkWith(bytes: number): Buffer {
    if (this.#chunk !== undefined && bytes <= this.#chunk.length - this.#filled) return this.#chunk;
    this.#seal();
    this.#chunk = this.#pool.take(bytes);
    this.#chunks.push(this.#chunk);
    this.#sealed = 0;
    this.#filled = 0;
    return this.#chunk;
  }

  #seal(): void {
    if (this.#chunk === undefined || this.#filled === this.#sealed) return;
    const piece = this.#chunk.subarray(this.#sealed, this.#filled);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#sealed = this.#filled;
  }
}
