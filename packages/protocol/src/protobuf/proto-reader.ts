/**
 * Reads protobuf messages from untrusted bytes, one reader for a message and all that is nested in it: `enter` goes into
 * a nested message, `leave` comes back. Fields of unknown numbers are skipped by their wire type.
 * @throws ProtoError when the bytes are no message: callers turn it into a refusal
 */
export class ProtoError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A text that begins with U+FEFF keeps it, as in JSON. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Shorter ASCII texts are made here: a call of the decoder costs more than they do. */
const MAX_SHORT_TEXT = 48;
const MAX_CACHED_NAME = 64;
const NAME_SLOTS = 1024;

const DIGITS = "0123456789abcdef";
const UPPER_WORD = 2 ** 32;

export class ProtoReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;
  #wireType = 0;
  /** Number of the field that `next` found. */
  field = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Goes to the next field; its value must then be read or skipped. False at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    if (this.field === 0) throw new ProtoError("a field has the number 0");
    return true;
  }

  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#take(8);
    else if (this.#wireType === LENGTH_DELIMITED) this.#take(this.#varint());
    else if (this.#wireType === FIXED32) this.#take(4);
    else throw new ProtoError("a field has an unknown wire type");
  }

  /** Into the nested message that is the field's value. @returns what `leave` needs */
  enter(): number {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const outer = this.#end;
    if (length > outer - this.#at) throw new ProtoError("the message ends within a field");
    this.#end = this.#at + length;
    return outer;
  }

  /** Back to the message around it, behind the nested one. */
  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** A view of the bytes, not a copy. */
  bytes(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** What is no UTF-8 becomes U+FFFD. */
  string(): string {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const start = this.#take(length);
    return this.#text(start, length);
  }

  /** A text that is likely to come again, such as an attribute's name: it is made once for many messages. */
  name(): string {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const start = this.#take(length);
    if (length === 0 || length > MAX_CACHED_NAME) return this.#text(start, length);
    const slot = slotOf(this.#bytes, start, length);
    const known = names[slot];
    if (known !== undefined && isSame(known.bytes, this.#bytes, start, length)) return known.text;
    const text = this.#text(start, length);
    names[slot] = { bytes: this.#bytes.slice(start, start + length), text };
    return text;
  }

  hex(): string {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const start = this.#take(length);
    const codes: number[] = [];
    for (let i = start; i < start + Math.min(length, 64); i++) {
      const byte = this.#bytes[i]!;
      codes.push(DIGITS.charCodeAt(byte >> 4), DIGITS.charCodeAt(byte & 15));
    }
    return String.fromCharCode.apply(null, codes);
  }

  base64(): string {
    return btoa(Array.from(this.bytes(), (byte) => String.fromCharCode(byte)).join(""));
  }

  /** A varint below 2^53; above, the nearest double. */
  uint(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  /** An int64: as a number where a double holds it exactly, else as decimal text. */
  int64(): number | string {
    this.#expect(VARINT);
    const start = this.#at;
    const value = this.#varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    this.#at = start;
    const exact = BigInt.asIntN(64, this.#longVarint());
    const double = Number(exact);
    return Number.isSafeInteger(double) ? double : exact.toString();
  }

  /** A fixed64 in thousands, cut: nanoseconds as microseconds. */
  fixed64Thousands(): number {
    const at = this.#takeFixed64();
    const low = this.#view.getUint32(at, true);
    const high = this.#view.getUint32(at + 4, true);
    // 2^32 = 4294967 * 1000 + 296: every step stays exact.
    return high * 4_294_967 + Math.floor((high * 296 + low) / 1000);
  }

  /** The fixed64 that was just read, as the nearest double. */
  lastFixed64(): number {
    return this.#view.getUint32(this.#at - 4, true) * UPPER_WORD + this.#view.getUint32(this.#at - 8, true);
  }

  fixed32(): number {
    this.#expect(FIXED32);
    return this.#view.getUint32(this.#take(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#takeFixed64(), true);
  }

  #takeFixed64(): number {
    this.#expect(FIXED64);
    return this.#take(8);
  }

  #text(start: number, length: number): string {
    const bytes = this.#bytes;
    const end = start + length;
    if (length <= MAX_SHORT_TEXT) {
      let at = start;
      while (at < end && bytes[at]! < 0x80) at += 1;
      if (at === end) return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
    }
    return decoder.decode(bytes.subarray(start, end));
  }

  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#at >= this.#end) throw new ProtoError("the message ends within a field");
      const byte = bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new ProtoError("a varint has more than ten bytes");
  }

  #longVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** Where the taken bytes begin. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new ProtoError("the message ends within a field");
    this.#at = start + length;
    return start;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw new ProtoError("a field has another wire type than its number says");
  }
}

/** Names seen last, by a few of their bytes; a newer one takes the place of another in its slot. */
const names: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = Array(NAME_SLOTS).fill(undefined);

function slotOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  for (let i = start; i < start + length; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  return hash & (NAME_SLOTS - 1);
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
