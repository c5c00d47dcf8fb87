import { readItems } from "./frame.ts";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, segmentSalt } from "./segment.ts";
import { SegmentScanner } from "./segment-scanner.ts";
import type { Fd, FileStatus, OffLoop, SpoolCalls } from "./spool-fs.ts";

/** A record as it was appended. */
export interface SpoolEntry {
  /** Its number within its incarnation. */
  readonly seq: number;
  readonly head: Uint8Array;
  /** By hash, each blob that could be read. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  /** Hashes that the record names and corruption took: a part of the payload is lost, the record is not. */
  readonly missing: readonly string[];
}

/** A record and where it belongs, before anybody asked whether it is settled. */
export interface StoredEntry extends SpoolEntry {
  /** A bit for each lane that the record concerns. */
  readonly lanes: number;
  readonly writtenMs: number;
}

export interface SegmentFindings {
  /** `empty`: no frame, and nothing but zeros or a torn beginning. `unparsable`: bytes, but neither header nor frame. */
  readonly kind: "read" | "newer" | "empty" | "unparsable";
  readonly records: number;
  readonly damagedBytes: number;
  /** Behind the last intact frame: what a torn write left. */
  readonly tailBytes: number;
  readonly validEnd: number;
  readonly unreadablePages: number;
}

/** What tells one segment from the others. */
export interface SegmentPlace {
  readonly path: string;
  readonly incarnationId: string;
  readonly ordinal: number;
}

const NOTHING_READ = { records: 0, damagedBytes: 0, tailBytes: 0, validEnd: SEGMENT_HEADER_BYTES, unreadablePages: 0 };

/**
 * Streams the records of one segment and then answers what it found. Memory: the segment's blobs, and one frame.
 * `endAt` bounds the reading of a segment that is still being written.
 */
export async function* readSegment(
  fs: OffLoop<SpoolCalls>,
  place: SegmentPlace,
  endAt = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredEntry, SegmentFindings> {
  const status = await fs.status(place.path);
  if (status === undefined || status.kind !== "file") return { kind: "empty", ...NOTHING_READ };
  const fd = await fs.open(place.path, "read");
  try {
    return yield* readOpenSegment(fs, fd, place, Math.min(status.bytes, endAt), status);
  } finally {
    await fs.close(fd);
  }
}

async function* readOpenSegment(
  fs: OffLoop<SpoolCalls>,
  fd: Fd,
  place: SegmentPlace,
  fileBytes: number,
  status: FileStatus,
): AsyncGenerator<StoredEntry, SegmentFindings> {
  const header = readSegmentHeader(await firstBytes(fs, fd));
  if (header.kind === "newer") return { kind: "newer", ...NOTHING_READ };
  const scanner = new SegmentScanner(fs, fd, segmentSalt(place.incarnationId, place.ordinal), fileBytes);
  const records = yield* readRecords(scanner);
  const { damagedBytes, tailBytes, validEnd, unreadablePages } = scanner;
  const found = { records, damagedBytes, tailBytes, validEnd, unreadablePages };
  if (records > 0 || header.kind === "ours") return { kind: "read", ...found };
  const isEmpty =
    unreadablePages === 0 && (status.bytes < SEGMENT_HEADER_BYTES || (await isAllZeros(fs, fd, status.bytes)));
  return { kind: isEmpty ? "empty" : "unparsable", ...found };
}

async function firstBytes(fs: OffLoop<SpoolCalls>, fd: Fd): Promise<Buffer> {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  try {
    return header.subarray(0, await fs.read(fd, header, 0));
  } catch {
    return header;
  }
}

async function* readRecords(scanner: SegmentScanner): AsyncGenerator<StoredEntry, number> {
  const blobs = new Map<string, Uint8Array>();
  let records = 0;
  for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
    let seq = frame.header.firstSeq;
    const payload = Buffer.from(frame.payload);
    for (const item of readItems(payload)) {
      if (item.kind === "blob") {
        blobs.set(item.hash, item.bytes);
        continue;
      }
      const found = item.hashes.flatMap((hash): [string, Uint8Array][] => {
        const bytes = blobs.get(hash);
        return bytes === undefined ? [] : [[hash, bytes]];
      });
      const missing = found.length === item.hashes.length ? [] : item.hashes.filter((hash) => !blobs.has(hash));
      yield {
        seq,
        head: item.head,
        blobs: new Map(found),
        missing,
        lanes: item.lanes,
        writtenMs: frame.header.writtenMs,
      };
      seq += 1;
      records += 1;
    }
  }
  return records;
}

async function isAllZeros(fs: OffLoop<SpoolCalls>, fd: Fd, fileBytes: number): Promise<boolean> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let at = 0; at < fileBytes; ) {
    const count = await fs.read(fd, chunk, at);
    if (count === 0) return true;
    if (chunk.subarray(0, count).some((byte) => byte !== 0)) return false;
    at += count;
  }
  return true;
}
