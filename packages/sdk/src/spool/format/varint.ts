/** Whole numbers from 0 to 2^53 in groups of seven bits, the lowest first (LEB128). */

/** What a number takes at most. */
export const VARINT_BYTES_LIMIT = 8;

/** Answers where the next byte goes. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    target[next] = (rest % 128) | 128;
    next += 1;
  }
  target[next] = rest;
  return next + 1;
}

/** Throws a `RangeError` when the bytes end within the number. */
export function readVarint(source: Buffer, at: number): { value: number; at: number } {
  let value = 0;
  let scale = 1;
  for (let next = at; ; next += 1) {
    const byte = source.readUInt8(next);
    value += (byte & 127) * scale;
    if (byte < 128) return { value, at: next + 1 };
    scale *= 128;
  }
}
