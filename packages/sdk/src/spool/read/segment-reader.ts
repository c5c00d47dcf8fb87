import type { Fd, OffLoop, SpoolCalls } from "../disk/spool-fs.ts";
import { areWhole, type StoredBlob, type StoredEntry, storedBlob } from "../format/entries.ts";
import type { FrameHeader } from "../format/frame.ts";
import { type BlobItem, type RecordItem, readItems } from "../format/items.ts";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeaderReading, segmentSalt } from "../format/segment.ts";
import { SegmentScanner } from "./segment-scanner.ts";

export interface SegmentFindings {
  /**
   * `foreign`: of another version. `empty`: no frame, and nothing but zeros or a torn beginning. `unparsable`: bytes,
   * but neither header nor frame.
   */
  readonly kind: "read" | "foreign" | "empty" | "unparsable";
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

const NOTHING_READ: SegmentFindings = {
  kind: "empty",
  records: 0,
  damagedBytes: 0,
  tailBytes: 0,
  validEnd: SEGMENT_HEADER_BYTES,
  unreadablePages: 0,
};

/** Streams the records of one segment and then answers what it found. Memory: the segment's blobs, and one frame. */
export async function* readSegment(
  fs: OffLoop<SpoolCalls>,
  place: SegmentPlace,
): AsyncGenerator<StoredEntry, SegmentFindings> {
  const status = await fs.status(place.path);
  if (status === undefined || status.kind !== "file") return NOTHING_READ;
  const reader = await SegmentReader.open(fs, place, status.bytes);
  try {
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) yield entry;
    return await reader.findings();
  } finally {
    await reader.close();
  }
}

/** Reads one segment from its beginning, as far as it is wanted. */
export class SegmentReader {
  readonly #fs: OffLoop<SpoolCalls>;
  readonly #fd: Fd;
  readonly #header: SegmentHeaderReading;
  readonly #scanner: SegmentScanner;
  #fileBytes: number;
  /** By number, as far as they were met. */
  readonly #blobs = new Map<number, StoredBlob | undefined>();
  #items: Iterator<BlobItem | RecordItem> | undefined;
  #frame: FrameHeader | undefined;
  #nextSeq = 0;
  #records = 0;

  /** `endAt` is the file's length, or how much of it is written by now. */
  static async open(fs: OffLoop<SpoolCalls>, place: SegmentPlace, endAt: number): Promise<SegmentReader> {
    const fd = await fs.open(place.path, "read");
    const header = readSegmentHeader(await firstBytes(fs, fd));
    return new SegmentReader(fs, fd, header, segmentSalt(place.incarnationId, place.ordinal), endAt);
  }

  private constructor(fs: OffLoop<SpoolCalls>, fd: Fd, header: SegmentHeaderReading, salt: number, endAt: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#header = header;
    this.#fileBytes = endAt;
    this.#scanner = new SegmentScanner(fs, fd, salt, header.kind === "foreign" ? 0 : endAt);
  }

  /** More of it is written by now: `next` goes on behind the last record that could be read. */
  growTo(endAt: number): void {
    if (this.#header.kind === "foreign") return;
    this.#fileBytes = endAt;
    this.#scanner.growTo(endAt);
  }

  async next(): Promise<StoredEntry | undefined> {
    for (;;) {
      const item = this.#items?.next();
      if (item === undefined || item.done) {
        if (!(await this.#nextFrame())) return undefined;
      } else if (item.value.kind === "blob") {
        const { number, names, bytes } = item.value;
        this.#blobs.set(number, storedBlob(bytes, this.#named(names)));
      } else {
        return this.#entry(item.value);
      }
    }
  }

  /** What was found; to be asked once `next` has answered undefined. */
  async findings(): Promise<SegmentFindings> {
    if (this.#header.kind === "foreign") return { ...NOTHING_READ, kind: "foreign" };
    const { damagedBytes, tailBytes, validEnd, unreadablePages } = this.#scanner;
    const found = { records: this.#records, damagedBytes, tailBytes, validEnd, unreadablePages };
    if (found.records > 0 || this.#header.kind === "ours") return { kind: "read", ...found };
    const isEmpty = unreadablePages === 0 && (this.#fileBytes < SEGMENT_HEADER_BYTES || (await this.#isAllZeros()));
    return { kind: isEmpty ? "empty" : "unparsable", ...found };
  }

  async close(): Promise<void> {
    await this.#fs.close(this.#fd);
  }

  async #nextFrame(): Promise<boolean> {
    const frame = await this.#scanner.next();
    if (frame === undefined) return false;
    this.#frame = frame.header;
    this.#nextSeq = frame.header.firstSeq;
    this.#items = readItems(Buffer.from(frame.payload), frame.header.firstBlob);
    return true;
  }

  #entry({ carriedSeq, head, lanes, names }: RecordItem): StoredEntry {
    const seq = carriedSeq ?? this.#nextSeq;
    if (carriedSeq === undefined) this.#nextSeq += 1;
    this.#records += 1;
    const blobs = this.#named(names);
    return { seq, head, blobs, isWhole: areWhole(blobs), lanes, writtenMs: this.#frame!.writtenMs };
  }

  #named(names: readonly number[]): (StoredBlob | undefined)[] {
    return names.map((name) => this.#blobs.get(name));
  }

  async #isAllZeros(): Promise<boolean> {
    const chunk = Buffer.alloc(64 * 1024);
    for (let at = 0; at < this.#fileBytes; ) {
      const count = await this.#fs.read(this.#fd, chunk, at);
      if (count === 0) return true;
      if (chunk.subarray(0, count).some((byte) => byte !== 0)) return false;
      at += count;
    }
    return true;
  }
}

async function firstBytes(fs: OffLoop<SpoolCalls>, fd: Fd): Promise<Buffer> {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  try {
    return header.subarray(0, await fs.read(fd, header, 0));
  } catch {
    return header;
  }
}
