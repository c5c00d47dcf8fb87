import { crc32c } from "./crc32c.ts";
import {
  blobItemBytes,
  FRAME_HEADER_BYTES,
  recordItemBytes,
  sealFrame,
  writeBlobItem,
  writeRecordItem,
} from "./frame.ts";
import { readU64, writeU64 } from "./u64.ts";

/** Segments: their names, their headers, and how entries become frames. `docs/formats/spool.md` has the bytes. */

export const SEGMENT_BYTES = 8 * 1024 * 1024;
export const SEGMENT_HEADER_BYTES = 64;
const SEGMENT_MAGIC = Buffer.from("EVSPSEG\n", "latin1");
const SEGMENT_VERSION = 1;
const SEGMENT_NAME = /^([0-9a-f]{8})\.seg$/;
/** What a torn write or a flipped bit takes at most, beside a record larger than this. */
const FRAME_PAYLOAD_BYTES = 64 * 1024;

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

/** `newer` is a whole header of a version this code can't read; `damaged` is everything else. */
export type SegmentHeaderReading =
  | { readonly kind: "ours"; readonly firstSeq: number }
  | { readonly kind: "newer" | "damaged" };

export function readSegmentHeader(header: Buffer): SegmentHeaderReading {
  if (header.length < SEGMENT_HEADER_BYTES || !header.subarray(0, 8).equals(SEGMENT_MAGIC)) return { kind: "damaged" };
  if (header.readUInt32LE(60) !== crc32c(header, 0, 0, 60)) return { kind: "damaged" };
  if (header.readUInt16LE(8) !== SEGMENT_VERSION) return { kind: "newer" };
  return { kind: "ours", firstSeq: readU64(header, 32) };
}

/** One blob of an entry. `bytes` may be made when it is needed, which is off the caller's path, and more than once. */
export interface SpoolBlob {
  /** 128 bits as 32 lower-case hex digits; equal hashes mean equal bytes. */
  readonly hash: string;
  readonly bytes: Uint8Array | (() => Uint8Array);
  /** To be given with a function: how much it will make, so that no group grows too large. */
  readonly byteLength?: number;
}

/** An entry that has its number and waits to be written. */
export interface NumberedEntry {
  readonly seq: number;
  readonly head: Uint8Array;
  readonly blobs: readonly SpoolBlob[];
  /** A bit for each lane that the record concerns. */
  readonly lanes: number;
}

interface PlannedFrame {
  readonly entries: NumberedEntry[];
  /** Blobs that this segment does not hold yet, each before the first record that names it. */
  readonly newBlobs: Map<NumberedEntry, { hash: string; bytes: Uint8Array }[]>;
  payloadBytes: number;
}

/** Turns entries into frames for one segment and remembers which blobs the segment holds. */
export class SegmentEncoder {
  readonly #salt: number;
  readonly #hashes = new Set<string>();

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** True when the segment holds the blob, or will with the next write. */
  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  /** The frames of `entries`, whose numbers follow each other without a gap. */
  encode(entries: readonly NumberedEntry[], writtenMs: number): Buffer {
    const frames = this.#plan(entries);
    const bytes = Buffer.allocUnsafe(frames.reduce((sum, frame) => sum + FRAME_HEADER_BYTES + frame.payloadBytes, 0));
    let at = 0;
    for (const frame of frames) at = this.#write(bytes, at, frame, writtenMs);
    return bytes;
  }

  #plan(entries: readonly NumberedEntry[]): PlannedFrame[] {
    const frames: PlannedFrame[] = [];
    let frame: PlannedFrame | undefined;
    for (const entry of entries) {
      if (frame === undefined || frame.payloadBytes >= FRAME_PAYLOAD_BYTES) {
        frame = { entries: [], newBlobs: new Map(), payloadBytes: 0 };
        frames.push(frame);
      }
      const newBlobs = this.#newBlobs(entry);
      if (newBlobs.length > 0) frame.newBlobs.set(entry, newBlobs);
      frame.entries.push(entry);
      frame.payloadBytes += newBlobs.reduce(
        (sum, blob) => sum + blobItemBytes(blob.bytes.byteLength),
        recordItemBytes(entry.head.byteLength, entry.blobs.length),
      );
    }
    return frames;
  }

  #newBlobs(entry: NumberedEntry): { hash: string; bytes: Uint8Array }[] {
    const found: { hash: string; bytes: Uint8Array }[] = [];
    for (const blob of entry.blobs) {
      if (this.#hashes.has(blob.hash)) continue;
      const bytes = bytesOf(blob);
      if (bytes === undefined) continue;
      this.#hashes.add(blob.hash);
      found.push({ hash: blob.hash, bytes });
    }
    return found;
  }

  #write(target: Buffer, frameAt: number, frame: PlannedFrame, writtenMs: number): number {
    let at = frameAt + FRAME_HEADER_BYTES;
    for (const entry of frame.entries) {
      for (const blob of frame.newBlobs.get(entry) ?? []) at = writeBlobItem(target, at, blob.hash, blob.bytes);
      at = writeRecordItem(target, at, entry.head, entry.blobs, entry.lanes);
    }
    const header = {
      payloadBytes: frame.payloadBytes,
      recordCount: frame.entries.length,
      firstSeq: frame.entries[0]!.seq,
      writtenMs,
    };
    sealFrame(target, frameAt, header, this.#salt);
    return at;
  }
}

/** A blob that can't be made is left out: its readers see it as missing, and the record itself is kept. */
function bytesOf(blob: SpoolBlob): Uint8Array | undefined {
  if (typeof blob.bytes !== "function") return blob.bytes;
  try {
    return blob.bytes();
  } catch {
    return undefined;
  }
}
