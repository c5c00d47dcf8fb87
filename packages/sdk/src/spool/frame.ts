import { crc32c } from "./crc32c.ts";
import { readU64, writeU64 } from "./u64.ts";

/**
 * One frame of a segment: a run of items under one checksum. The bytes are described in `docs/formats/spool.md`.
 *
 * The checksum is seeded with the segment's salt. So the copy of a frame that lies in another segment, in a re-used
 * disk block or inside somebody's payload is not a frame here.
 */
export const FRAME_HEADER_BYTES = 36;
export const FRAME_MAGIC = Buffer.from("EvFr", "latin1");

const FRAME_MAGIC_VALUE = FRAME_MAGIC.readUInt32LE(0);
const FRAME_TYPE_ITEMS = 1;
const CODEC_IDENTITY = 0;
const CRC_AT = 32;

const ITEM_BLOB = 1;
const ITEM_RECORD = 2;
const BLOB_HEADER_BYTES = 21;
const RECORD_HEADER_BYTES = 11;
const HASH_BYTES = 16;
/** The reference count is a u16: what a record refers to beyond this is not kept. */
const MAX_REFERENCES = 0xffff;

export interface FrameHeader {
  readonly payloadBytes: number;
  readonly recordCount: number;
  /** Of the first record in the frame; the others follow without a gap. */
  readonly firstSeq: number;
  /** Wall time of the write: the last one found is a dead process's last sign of life. */
  readonly writtenMs: number;
}

export function blobItemBytes(byteLength: number): number {
  return BLOB_HEADER_BYTES + byteLength;
}

export function recordItemBytes(headBytes: number, references: number): number {
  return RECORD_HEADER_BYTES + Math.min(references, MAX_REFERENCES) * HASH_BYTES + headBytes;
}

/** Writes the header in front of a payload that already lies at `at + FRAME_HEADER_BYTES`. */
export function sealFrame(target: Buffer, at: number, header: FrameHeader, salt: number): void {
  target.writeUInt32LE(FRAME_MAGIC_VALUE, at);
  target.writeUInt8(FRAME_TYPE_ITEMS, at + 4);
  target.writeUInt8(CODEC_IDENTITY, at + 5);
  target.writeUInt16LE(0, at + 6);
  target.writeUInt32LE(header.payloadBytes, at + 8);
  target.writeUInt32LE(header.recordCount, at + 12);
  writeU64(target, header.firstSeq, at + 16);
  writeU64(target, Math.max(0, Math.floor(header.writtenMs)), at + 24);
  target.writeUInt32LE(frameChecksum(target, at, header.payloadBytes, salt), at + CRC_AT);
}

function frameChecksum(bytes: Buffer, at: number, payloadBytes: number, salt: number): number {
  const header = crc32c(bytes, salt, at, at + CRC_AT);
  return crc32c(bytes, header, at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + payloadBytes);
}

/** The header at `at`, or undefined when what lies there can't be one. Says nothing of the checksum. */
export function readFrameHeader(bytes: Buffer, at: number): FrameHeader | undefined {
  if (bytes.length - at < FRAME_HEADER_BYTES) return undefined;
  if (bytes.readUInt32LE(at) !== FRAME_MAGIC_VALUE) return undefined;
  if (bytes.readUInt8(at + 4) !== FRAME_TYPE_ITEMS || bytes.readUInt8(at + 5) !== CODEC_IDENTITY) return undefined;
  return {
    payloadBytes: bytes.readUInt32LE(at + 8),
    recordCount: bytes.readUInt32LE(at + 12),
    firstSeq: readU64(bytes, at + 16),
    writtenMs: readU64(bytes, at + 24),
  };
}

/** True when the whole frame lies in `bytes` and its checksum holds. */
export function isIntact(bytes: Buffer, at: number, header: FrameHeader, salt: number): boolean {
  if (at + FRAME_HEADER_BYTES + header.payloadBytes > bytes.length) return false;
  return frameChecksum(bytes, at, header.payloadBytes, salt) === bytes.readUInt32LE(at + CRC_AT);
}

/** Answers where the next item goes. */
export function writeBlobItem(target: Buffer, at: number, hash: string, bytes: Uint8Array): number {
  target.writeUInt8(ITEM_BLOB, at);
  target.write(hash, at + 1, HASH_BYTES, "hex");
  target.writeUInt32LE(bytes.byteLength, at + 17);
  target.set(bytes, at + BLOB_HEADER_BYTES);
  return at + BLOB_HEADER_BYTES + bytes.byteLength;
}

/** `lanes` is a bit for each lane that the record concerns. Answers where the next item goes. */
export function writeRecordItem(
  target: Buffer,
  at: number,
  head: Uint8Array,
  hashes: readonly { readonly hash: string }[],
  lanes: number,
): number {
  const references = Math.min(hashes.length, MAX_REFERENCES);
  target.writeUInt8(ITEM_RECORD, at);
  target.writeUInt16LE(references, at + 1);
  target.writeUInt32LE(lanes >>> 0, at + 3);
  target.writeUInt32LE(head.byteLength, at + 7);
  let next = at + RECORD_HEADER_BYTES;
  for (let index = 0; index < references; index += 1) {
    target.write(hashes[index]!.hash, next, HASH_BYTES, "hex");
    next += HASH_BYTES;
  }
  target.set(head, next);
  return next + head.byteLength;
}

export interface BlobItem {
  readonly kind: "blob";
  readonly hash: string;
  readonly bytes: Buffer;
}

export interface RecordItem {
  readonly kind: "record";
  readonly lanes: number;
  readonly hashes: readonly string[];
  readonly head: Buffer;
}

/** The items of a payload whose checksum held. Stops at what it does not know: a later version may add kinds. */
export function* readItems(payload: Buffer): Generator<BlobItem | RecordItem> {
  let at = 0;
  while (at < payload.length) {
    const kind = payload.readUInt8(at);
    if (kind === ITEM_BLOB) {
      const end = at + BLOB_HEADER_BYTES + payload.readUInt32LE(at + 17);
      yield {
        kind: "blob",
        hash: payload.toString("hex", at + 1, at + 1 + HASH_BYTES),
        bytes: payload.subarray(at + BLOB_HEADER_BYTES, end),
      };
      at = end;
    } else if (kind === ITEM_RECORD) {
      const record = readRecord(payload, at);
      yield record;
      at += recordItemBytes(record.head.length, record.hashes.length);
    } else {
      return;
    }
  }
}

function readRecord(payload: Buffer, at: number): RecordItem {
  const references = payload.readUInt16LE(at + 1);
  const headAt = at + RECORD_HEADER_BYTES + references * HASH_BYTES;
  const hashes: string[] = [];
  for (let next = at + RECORD_HEADER_BYTES; next < headAt; next += HASH_BYTES) {
    hashes.push(payload.toString("hex", next, next + HASH_BYTES));
  }
  const head = payload.subarray(headAt, headAt + payload.readUInt32LE(at + 7));
  return { kind: "record", lanes: payload.readUInt32LE(at + 3), hashes, head };
}
