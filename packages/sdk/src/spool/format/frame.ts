import { crc32c } from "./crc32c.ts";

/**
 * One frame of a segment: a run of items under one checksum. The bytes are described in `docs/formats/spool.md`.
 *
 * The checksum is seeded with the segment's salt. So the copy of a frame that lies in another segment, in a re-used
 * disk block or inside somebody's payload is not a frame here.
 */
export const FRAME_HEADER_BYTES = 32;
export const FRAME_MAGIC = Buffer.from("EvFr", "latin1");

const FRAME_MAGIC_VALUE = FRAME_MAGIC.readUInt32LE(0);
const FRAME_TYPE_ITEMS = 1;
const CODEC_IDENTITY = 0;
/** Numbers of records and wall times. */
const WIDE_BYTES = 6;
const CRC_AT = 28;

export interface FrameHeader {
  readonly payloadBytes: number;
  /** Records that have their number from this header, which are all but the carried ones. */
  readonly recordCount: number;
  /** Of the first of them; the others follow without a gap. */
  readonly firstSeq: number;
  /** Wall time of the write: the last one found is a dead process's last sign of life. */
  readonly writtenMs: number;
  /** Number of the first blob in the frame within its segment; the others follow without a gap. */
  readonly firstBlob: number;
}

/** Writes the header in front of a payload that already lies at `at + FRAME_HEADER_BYTES`. */
export function sealFrame(target: Buffer, at: number, header: FrameHeader, salt: number): void {
  target.writeUInt32LE(FRAME_MAGIC_VALUE, at);
  target.writeUInt8(FRAME_TYPE_ITEMS, at + 4);
  target.writeUInt8(CODEC_IDENTITY, at + 5);
  target.writeUInt16LE(header.recordCount, at + 6);
  target.writeUInt32LE(header.payloadBytes, at + 8);
  target.writeUIntLE(header.firstSeq, at + 12, WIDE_BYTES);
  target.writeUIntLE(Math.max(0, Math.floor(header.writtenMs)), at + 18, WIDE_BYTES);
  target.writeUInt32LE(header.firstBlob, at + 24);
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
    recordCount: bytes.readUInt16LE(at + 6),
    payloadBytes: bytes.readUInt32LE(at + 8),
    firstSeq: bytes.readUIntLE(at + 12, WIDE_BYTES),
    writtenMs: bytes.readUIntLE(at + 18, WIDE_BYTES),
    firstBlob: bytes.readUInt32LE(at + 24),
  };
}

/** True when the whole frame lies in `bytes` and its checksum holds. */
export function isIntact(bytes: Buffer, at: number, header: FrameHeader, salt: number): boolean {
  if (at + FRAME_HEADER_BYTES + header.payloadBytes > bytes.length) return false;
  return frameChecksum(bytes, at, header.payloadBytes, salt) === bytes.readUInt32LE(at + CRC_AT);
}
