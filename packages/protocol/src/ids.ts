/** Ids are 128 random bits: RFC 9562 version 4 for spans, 32 hex digits (W3C Trace Context) for traces. */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
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

/** A span id, e.g. `1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed`. */
export function newSpanId(): string {
  const o = takeRandomBytes();
  const version = 0x40 | (pool[o + 6]! & 0x0f);
  const variant = 0x80 | (pool[o + 8]! & 0x3f);
  return (
    `${HEX[pool[o]!]! + HEX[pool[o + 1]!]! + HEX[pool[o + 2]!]! + HEX[pool[o + 3]!]!}-` +
    `${HEX[pool[o + 4]!]! + HEX[pool[o + 5]!]!}-${HEX[version]! + HEX[pool[o + 7]!]!}-` +
    `${HEX[variant]! + HEX[pool[o + 9]!]!}-` +
    `${HEX[pool[o + 10]!]! + HEX[pool[o + 11]!]! + HEX[pool[o + 12]!]! + HEX[pool[o + 13]!]! + HEX[pool[o + 14]!]! + HEX[pool[o + 15]!]!}`
  );
}

/** A trace id, e.g. `4bf92f3577b34da6a3ce929d0e0e4736`. */
export function newTraceId(): string {
  const o = takeRandomBytes();
  let id = "";
  for (let i = o; i < o + 16; i++) id += HEX[pool[i]!]!;
  return id;
}
