/**
 * Writes protobuf into one growing buffer.
 *
 * The length of a nested part stands before it and is known after it. So room is left for the length: one byte for
 * parts that are likely short (moved up when they were not), four for the long ones, as a varint padded with
 * continuation bytes, which is legal and saves moving whole batches. Strings go through `encodeInto` once: nothing
 * counts their bytes beforehand.
 */
export class ProtoWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;
  readonly #encoder = new TextEncoder();

  constructor(initialBytes = 64 * 1024) {
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was written. A view: valid until the next write. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A nested message that is likely under 128 bytes, or short enough to be moved. */
  message(field: number, write: () => void): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#reserve(5);
    this.#at += 1;
    const start = this.#at;
    write();
    this.#closeShort(start);
  }

  /** A nested message that may be megabytes, at most 256 MiB. */
  longMessage(field: number, write: () => void): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#reserve(PADDED_BYTES);
    const lengthAt = this.#at;
    this.#at += PADDED_BYTES;
    write();
    this.#paddedVarint(lengthAt, this.#at - lengthAt - PADDED_BYTES);
  }

  string(field: number, text: string): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#reserve(text.length * 3 + PADDED_BYTES);
    const lengthAt = this.#at;
    const isShort = text.length * 3 < 128;
    const start = lengthAt + (isShort ? 1 : PADDED_BYTES);
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(start));
    if (isShort) this.#bytes[lengthAt] = written;
    else this.#paddedVarint(lengthAt, written);
    this.#at = start + written;
  }

  /** Bytes from hex digits. */
  hex(field: number, digits: string): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#reserve(5 + digits.length / 2);
    this.#varint(digits.length / 2);
    for (let i = 0; i < digits.length; i += 2) {
      this.#bytes[this.#at++] = Number.parseInt(digits.slice(i, i + 2), 16);
    }
  }

  /** A non-negative integer below 2^53: an enum, a bool, an unsigned count. */
  varint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** An int64 as decimal text. */
  int64(field: number, decimal: string): void {
    this.#tag(field, VARINT);
    let rest = BigInt.asUintN(64, BigInt(decimal));
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  /** A fixed64 as decimal text. */
  fixed64(field: number, decimal: string): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, BigInt(decimal), true);
    this.#at += 8;
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  #closeShort(start: number): void {
    const length = this.#at - start;
    if (length < 128) {
      this.#bytes[start - 1] = length;
      return;
    }
    this.#reserve(PADDED_BYTES);
    this.#bytes.copyWithin(start - 1 + PADDED_BYTES, start, this.#at);
    this.#paddedVarint(start - 1, length);
    this.#at += PADDED_BYTES - 1;
  }

  #paddedVarint(at: number, value: number): void {
    this.#bytes[at] = (value & 0x7f) | 0x80;
    this.#bytes[at + 1] = ((value >>> 7) & 0x7f) | 0x80;
    this.#bytes[at + 2] = ((value >>> 14) & 0x7f) | 0x80;
    this.#bytes[at + 3] = (value >>> 21) & 0x7f;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
/** Enough for 256 MiB, four times what OTLP allows. */
const PADDED_BYTES = 4;
