import { hash } from "node:crypto";

/** The one name of a blob, on the wire in 32 hex digits and in the store: the first 128 bits of the SHA-256 of its text. */
export function blobName(encoded: string): Buffer {
  return hash("sha256", encoded, "buffer").subarray(0, 16);
}

export function blobNameDigits(encoded: string): string {
  return hash("sha256", encoded).slice(0, 32);
}
