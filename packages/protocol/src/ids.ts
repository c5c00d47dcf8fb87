/**
 * Ids are 128 random bits: RFC 9562 version 4 for spans, 32 hex digits (W3C Trace Context) for traces.
 *
 * Made by one call of `String.fromCharCode` with all their characters: joined from pieces they would be trees of
 * strings that weigh 540 bytes instead of 64 and are flattened again wherever they are hashed or written.
 */

const DIGITS = "0123456789abcdef";
/** The characters of a byte's first and second hex digit. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte >> 4));
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte & 15));
const DASH = 0x2d;

const POOL_IDS = 256;
const pool = new Uint8Array(POOL_IDS * 16);
let next = pool.length;

/** Sixteen fresh random bytes begin at the returned index. One call into the kernel serves 256 ids. */
function takeRandomBytes(): number {
  if (next === pool.length) {
    globalThis.crypto.getRandomValues(pool);
    next = 0;
  }
  const offset = next;
  next += 16;
  return offset;
}

const high = (index: number) => HIGH[pool[index]!]!;
const low = (index: number) => LOW[pool[index]!]!;

/** A span id, e.g. `1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed`. */
export function newSpanId(): string {
  const o = takeRandomBytes();
  pool[o + 6] = 0x40 | (pool[o + 6]! & 0x0f);
  pool[o + 8] = 0x80 | (pool[o + 8]! & 0x3f);
  // biome-ignore format: one line for each group of digits
  return String.fromCharCode(
    high(o), low(o), high(o + 1), low(o + 1), high(o + 2), low(o + 2), high(o + 3), low(o + 3), DASH,
    high(o + 4), low(o + 4), high(o + 5), low(o + 5), DASH,
    high(o + 6), low(o + 6), high(o + 7), low(o + 7), DASH,
    high(o + 8), low(o + 8), high(o + 9), low(o + 9), DASH,
    high(o + 10), low(o + 10), high(o + 11), low(o + 11), high(o + 12), low(o + 12),
    high(o + 13), low(o + 13), high(o + 14), low(o + 14), high(o + 15), low(o + 15),
  );
}

/** A trace id, e.g. `4bf92f3577b34da6a3ce929d0e0e4736`. */
export function newTraceId(): string {
  const o = takeRandomBytes();
  // biome-ignore format: four bytes a line
  return String.fromCharCode(
    high(o), low(o), high(o + 1), low(o + 1), high(o + 2), low(o + 2), high(o + 3), low(o + 3),
    high(o + 4), low(o + 4), high(o + 5), low(o + 5), high(o + 6), low(o + 6), high(o + 7), low(o + 7),
    high(o + 8), low(o + 8), high(o + 9), low(o + 9), high(o + 10), low(o + 10), high(o + 11), low(o + 11),
    high(o + 12), low(o + 12), high(o + 13), low(o + 13), high(o + 14), low(o + 14), high(o + 15), low(o + 15),
  );
}

/**
 * What tells one span from all others of a project: trace id and span id in one text, for keys of maps. Every decoder
 * refuses NUL in ids, so two spans never share a key.
 */
export function spanKey(traceId: string, spanId: string): string {
  return `${traceId}\0${spanId}`;
}
