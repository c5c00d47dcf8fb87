import { crc32c } from "./crc32c.ts";
import { readU64, writeU64 } from "./u64.ts";

/** Segments: their names and their headers. `docs/formats/spool.md` has the bytes. */

export const SEGMENT_BYTES = 8 * 1024 * 1024;
export const SEGMENT_HEADER_BYTES = 64;
const SEGMENT_MAGIC = Buffer.from("EVSPSEG\n", "latin1");
const SEGMENT_VERSION = 2;
const SEGMENT_NAME = /^([0-9a-f]{8})\.seg$/;

export function segmentName(ordinal: number): string {
  return `${ordinal.toString(16).padStart(8, "0")}.seg`;
}

/** Undefined for a name that is not a segment's. */
export function segmentOrdinal(name: string): number | undefined {
  const match = SEGMENT_NAME.exec(name);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}

/** Derived from the names alone, so that a segment whose header is damaged can still be read. */
export function segmentSalt(incarnationId: string, ordinal: number): number {
  return crc32c(Buffer.from(`${incarnationId}/${segmentName(ordinal)}`, "latin1"));
}

export function segmentHeader(incarnationId: string, ordinal: number, firstSeq: number, createdMs: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(header, 0);
  header.writeUInt16LE(SEGMENT_VERSION, 8);
  header.writeUInt16LE(SEGMENT_HEADER_BYTES, 10);
  header.writeUInt32LE(ordinal, 12);
  header.write(incarnationId, 16, 16, "hex");
  writeU64(header, firstSeq, 32);
  writeU64(header, Math.max(0, Math.floor(createdMs)), 40);
  header.writeUInt32LE(crc32c(header, 0, 0, 60), 60);
  return header;
}

/** `foreign` is a whole header of a version this code can't read; `damaged` is everything else. */
export type SegmentHeaderReading =
  | { readonly kind: "ours"; readonly firstSeq: number }
  | { readonly kind: "foreign" | "damaged" };

export function readSegmentHeader(header: Buffer): SegmentHeaderReading {
  if (header.length < SEGMENT_HEADER_BYTES || !header.subarray(0, 8).equals(SEGMENT_MAGIC)) return { kind: "damaged" };
  if (header.readUInt32LE(60) !== crc32c(header, 0, 0, 60)) return { kind: "damaged" };
  if (header.readUInt16LE(8) !== SEGMENT_VERSION) return { kind: "foreign" };
  return { kind: "ours", firstSeq: readU64(header, 32) };
}
