import { expect, test } from "vitest";
import { hash128, murmur3x86 } from "./hash128.ts";

/** SMHasher's own check of an implementation: the hash of the hashes of 256 keys, each under another seed. */
test("the hash has the verification value of the reference implementation", () => {
  const hashes = Array.from({ length: 256 }, (_, length) => {
    const key = Uint8Array.from({ length }, (_, byte) => byte);
    return wordsToBytes(murmur3x86(key, 256 - length));
  });
  expect(murmur3x86(Uint8Array.from(hashes.flat()), 0).slice(0, 8)).toBe("b3ece62a");
});

function wordsToBytes(hash: string): number[] {
  const words = hash.match(/.{8}/g) ?? [];
  return words.flatMap((word) => (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).reverse());
}

test("every length of the tail and every changed character changes the hash", () => {
  const hashes = new Set<string>();
  for (let length = 0; length <= 64; length++) {
    const text = "x".repeat(length);
    hashes.add(hash128(text));
    for (let i = 0; i < length; i++) hashes.add(hash128(`${text.slice(0, i)}y${text.slice(i + 1)}`));
  }
  expect(hashes.size).toBe(65 + (64 * 65) / 2);
});
