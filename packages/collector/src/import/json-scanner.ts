/**
 * Cuts a JSON document of any size into values small enough to be parsed one by one: the elements of a list at its top,
 * or of a list that an envelope holds under one of the known names. It looks at brackets and quotes only, so what it
 * gives may still be no JSON. Memory: one value.
 */
import { ImportError, type Unit } from "./unit.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const NEW_LINE = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** White space, and the byte order mark's three bytes. */
const BLANK: ReadonlySet<number> = new Set([0x20, 0x09, NEW_LINE, 0x0d, 0xef, 0xbb, 0xbf]);

/** Where a value may begin: outside of everything, in a list at the top, in a list of an envelope. */
const TOP = 0;
const IN_LIST = 1;
const IN_ENVELOPE = 2;

const MAX_KEY_BYTES = 64;

export class JsonScanner {
  readonly #envelopeKeys: ReadonlySet<string>;
  readonly #maxBytes: number;
  #slot: typeof TOP | typeof IN_LIST | typeof IN_ENVELOPE = TOP;
  #depth = 0;
  #line = 1;
  #number = 0;
  #inString = false;
  #isEscaped = false;
  /** The value that is being read: what came of it in earlier chunks, and where it began. */
  #isCapturing = false;
  #isScalar = false;
  #parts: Buffer[] = [];
  #bytes = 0;
  #valueLine = 1;
  /** The envelope around the list whose elements are being read. */
  #envelope: { parts: Buffer[]; bytes: number; line: number; key: string } | undefined;
  #hadList = false;
  /** The name that stands before a value of an object at the top. */
  #expectsKey = false;
  #key: string | undefined;
  #keyParts: Buffer[] | undefined;

  /** @param maxBytes of one value */
  constructor(envelopeKeys: ReadonlySet<string>, maxBytes: number) {
    this.#envelopeKeys = envelopeKeys;
    this.#maxBytes = maxBytes;
  }

  /** The values that end in this chunk. @throws ImportError when one is too large */
  *push(chunk: Buffer): Generator<Unit> {
    let start = 0;
    let i = 0;
    while (i < chunk.length) {
      if (this.#inString) {
        i = this.#skipString(chunk, i);
        if (!this.#inString && this.#isScalar && this.#depth === this.#slot) yield this.#cut(chunk, start, i);
        continue;
      }
      const byte = chunk[i]!;
      if (byte === NEW_LINE) this.#line += 1;
      if (!this.#isCapturing) {
        if (BLANK.has(byte) || byte === COMMA) i += 1;
        else if (this.#slot === TOP && byte === OPEN_BRACKET) {
          this.#slot = IN_LIST;
          this.#depth = 1;
          i += 1;
        } else if (this.#slot !== TOP && byte === CLOSE_BRACKET) {
          start = i;
          this.#leaveList();
          i += 1;
        } else {
          start = i;
          i = this.#begin(byte, i);
        }
        continue;
      }
      const ends = this.#step(byte);
      if (ends === "before") yield this.#cut(chunk, start, i);
      else if (ends === "after") {
        i += 1;
        yield this.#cut(chunk, start, i);
      } else if (ends === "list") {
        i += 1;
        this.#enterList(chunk.subarray(start, i));
      } else i += 1;
    }
    if (this.#isCapturing) this.#hold(chunk.subarray(start));
  }

  /** What the file ends with: a scalar at its top. @throws ImportError when the file ends within a value */
  *end(): Generator<Unit> {
    if (this.#isCapturing && this.#isScalar && !this.#inString && this.#slot === TOP)
      yield this.#cut(Buffer.alloc(0), 0, 0);
    else if (this.#isCapturing || this.#slot !== TOP) {
      const line = this.#envelope?.line ?? this.#valueLine;
      throw new ImportError(line, "the file ends within a JSON value that begins here: it is cut off");
    }
  }

  #begin(byte: number, i: number): number {
    this.#isCapturing = true;
    this.#valueLine = this.#line;
    this.#isScalar = byte !== OPEN_BRACE && byte !== OPEN_BRACKET;
    this.#hadList = false;
    this.#expectsKey = byte === OPEN_BRACE;
    this.#key = undefined;
    if (byte === QUOTE) this.#inString = true;
    else if (!this.#isScalar) this.#depth += 1;
    return i + 1;
  }

  /** One byte within a value and outside of strings. @returns where the value ends, or that a list of it begins */
  #step(byte: number): "before" | "after" | "list" | undefined {
    if (this.#isScalar) {
      return BLANK.has(byte) || byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE ? "before" : undefined;
    }
    const isAtTop = this.#slot === TOP && this.#depth === 1;
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        if (isAtTop && this.#expectsKey) this.#keyParts = [];
        return undefined;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#depth += 1;
        return isAtTop && byte === OPEN_BRACKET && this.#envelopeKeys.has(this.#key ?? "") ? "list" : undefined;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#depth -= 1;
        return this.#depth === this.#slot ? "after" : undefined;
      case COMMA:
        if (isAtTop) this.#expectsKey = true;
        return undefined;
      case COLON:
        if (isAtTop) this.#expectsKey = false;
        return undefined;
      default:
        return undefined;
    }
  }

  /** @returns where the string, or the chunk, ends */
  #skipString(chunk: Buffer, from: number): number {
    let i = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      i += 1;
    }
    let quote = chunk.indexOf(QUOTE, i);
    let slash = chunk.indexOf(BACKSLASH, i);
    while (slash !== -1 && (quote === -1 || slash < quote)) {
      if (slash + 1 >= chunk.length) {
        this.#isEscaped = true;
        quote = -1;
        break;
      }
      i = slash + 2;
      if (quote !== -1 && quote < i) quote = chunk.indexOf(QUOTE, i);
      slash = chunk.indexOf(BACKSLASH, i);
    }
    const end = quote === -1 ? chunk.length : quote;
    this.#keyParts?.push(chunk.subarray(from, Math.min(end, from + MAX_KEY_BYTES)));
    if (quote === -1) return chunk.length;
    this.#inString = false;
    if (this.#keyParts !== undefined) this.#key = Buffer.concat(this.#keyParts).toString("utf8");
    this.#keyParts = undefined;
    return quote + 1;
  }

  /** The elements of the envelope's list come one by one from here on. */
  #enterList(until: Buffer): void {
    this.#hold(until);
    this.#envelope = { parts: this.#parts, bytes: this.#bytes, line: this.#valueLine, key: this.#key! };
    this.#parts = [];
    this.#bytes = 0;
    this.#isCapturing = false;
    this.#slot = IN_ENVELOPE;
  }

  #leaveList(): void {
    this.#depth -= 1;
    this.#slot = TOP;
    const envelope = this.#envelope;
    if (envelope === undefined) return;
    this.#envelope = undefined;
    this.#parts = envelope.parts;
    this.#bytes = envelope.bytes;
    this.#valueLine = envelope.line;
    this.#isCapturing = true;
    this.#isScalar = false;
    this.#hadList = true;
    this.#expectsKey = false;
    this.#key = undefined;
  }

  #cut(chunk: Buffer, start: number, end: number): Unit {
    this.#hold(chunk.subarray(start, end));
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const under = this.#envelope?.key;
    const unit = {
      bytes,
      line: this.#valueLine,
      number: this.#number,
      ...(under !== undefined && { under }),
      ...(this.#hadList && { isEmptied: true }),
    };
    this.#number += 1;
    this.#parts = [];
    this.#bytes = 0;
    this.#isCapturing = false;
    this.#hadList = false;
    return unit;
  }

  #hold(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) {
      throw new ImportError(
        this.#valueLine,
        `a value of more than ${this.#maxBytes} bytes begins here: it is too large`,
      );
    }
    if (bytes.length > 0) this.#parts.push(bytes);
  }
}
