/**
 * Reads protobuf messages from untrusted bytes. Fields of unknown numbers are skipped by their wire type.
 * @throws ProtoError when the bytes are no message: callers turn it into a refusal
 */
export class ProtoError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const decoder = new TextDecoder();

export class ProtoReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #wireType = 0;
  /** Number of the field that `next` found. */
  field = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the next field; its value must then be read or skipped. False at the end. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const tag = Number(this.#varint());
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    return true;
  }

  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#take(8);
    else if (this.#wireType === LENGTH_DELIMITED) this.bytes();
    else if (this.#wireType === FIXED32) this.#take(4);
    else throw new ProtoError("a field has an unknown wire type");
  }

  /** A nested message. */
  message(): ProtoReader {
    return new ProtoReader(this.bytes());
  }

  /** A view of the bytes, not a copy. */
  bytes(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    const length = Number(this.#varint());
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  string(): string {
    return decoder.decode(this.bytes());
  }

  hex(): string {
    return Array.from(this.bytes(), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  base64(): string {
    return btoa(Array.from(this.bytes(), (byte) => String.fromCharCode(byte)).join(""));
  }

  uint(): number {
    this.#expect(VARINT);
    return Number(this.#varint());
  }

  /** An int64 as decimal text. */
  int64(): string {
    this.#expect(VARINT);
    return BigInt.asIntN(64, this.#varint()).toString();
  }

  /** A fixed64 as decimal text. */
  fixed64(): string {
    this.#expect(FIXED64);
    return this.#view.getBigUint64(this.#take(8), true).toString();
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#view.getFloat64(this.#take(8), true);
  }

  #varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    return this.#longVarint(BigInt(low));
  }

  #longVarint(low: bigint): bigint {
    let value = low;
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtoError("a varint has more than ten bytes");
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  /** Where the taken bytes begin. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new ProtoError("the message ends within a field");
    this.#at += length;
    return start;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw new ProtoError("a field has another wire type than its number says");
  }
}
