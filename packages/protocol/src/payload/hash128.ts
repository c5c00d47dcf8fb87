/**
 * A 128-bit hash of a text's UTF-8 bytes: MurmurHash3 x86_128 with seed 0, as 32 hex digits.
 *
 * It needs no platform (this package also runs in a browser, where the built-in digest is asynchronous) and spreads
 * well, but it is no defence: anybody can construct two texts of one hash. So it decides only ties between
 * revisions of one span, and shortens foreign ids. Blobs, whose names stand for their contents, are named by a
 * cryptographic hash that the caller brings, see `blob.ts`.
 */
export function hash128(text: string): string {
  return murmur3x86(new TextEncoder().encode(text), 0);
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** @param seed a word that starts every lane; 0 in `hash128` */
export function murmur3x86(bytes: Uint8Array, seed: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = bytes.length & ~15;
  let h1 = seed;
  let h2 = seed;
  let h3 = seed;
  let h4 = seed;
  for (let i = 0; i < tail; i += 16) {
    h1 ^= scramble(view.getUint32(i, true), C1, 15, C2);
    h1 = (Math.imul(rotateLeft(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= scramble(view.getUint32(i + 4, true), C2, 16, C3);
    h2 = (Math.imul(rotateLeft(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= scramble(view.getUint32(i + 8, true), C3, 17, C4);
    h3 = (Math.imul(rotateLeft(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= scramble(view.getUint32(i + 12, true), C4, 18, C1);
    h4 = (Math.imul(rotateLeft(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  h4 ^= scramble(littleEndian(bytes, tail + 12), C4, 18, C1);
  h3 ^= scramble(littleEndian(bytes, tail + 8), C3, 17, C4);
  h2 ^= scramble(littleEndian(bytes, tail + 4), C2, 16, C3);
  h1 ^= scramble(littleEndian(bytes, tail), C1, 15, C2);
  return finish(h1, h2, h3, h4, bytes.length);
}

function finish(a: number, b: number, c: number, d: number, length: number): string {
  const h = [a ^ length, b ^ length, c ^ length, d ^ length] as [number, number, number, number];
  spreadFirst(h);
  h[0] = avalanche(h[0]);
  h[1] = avalanche(h[1]);
  h[2] = avalanche(h[2]);
  h[3] = avalanche(h[3]);
  spreadFirst(h);
  return h.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function spreadFirst(h: [number, number, number, number]): void {
  h[0] = (h[0] + h[1] + h[2] + h[3]) | 0;
  h[1] = (h[1] + h[0]) | 0;
  h[2] = (h[2] + h[0]) | 0;
  h[3] = (h[3] + h[0]) | 0;
}

/** A word past the end counts as zero, and a zero scrambles to zero: a short tail needs no case of its own. */
function scramble(word: number, first: number, bits: number, second: number): number {
  return Math.imul(rotateLeft(Math.imul(word, first), bits), second);
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function avalanche(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
