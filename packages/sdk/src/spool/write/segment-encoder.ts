import type { SpoolContent } from "../format/content.ts";
import { childrenFirst, madeBytes, type NumberedEntry, type SpoolBlob } from "../format/entries.ts";
import { FRAME_HEADER_BYTES, sealFrame } from "../format/frame.ts";
import { itemBytes, itemBytesLimit, writeBlobItem, writeRecordItem } from "../format/items.ts";

/** What a torn write or a flipped bit takes at most, beside a record larger than this. */
const FRAME_PAYLOAD_BYTES = 64 * 1024;

/** What the frames of one write have in common. */
interface FrameContext {
  /** They are carried over from an older segment, and so do not follow each other in their numbers. */
  readonly areCarried: boolean;
  /** The number that the next new record has. */
  readonly nextSeq: number;
  readonly writtenMs: number;
}

interface NewBlob {
  readonly number: number;
  readonly names: readonly number[];
  readonly bytes: SpoolContent;
}

interface PlannedEntry {
  readonly entry: NumberedEntry;
  readonly names: readonly number[];
  /** Blobs that this segment does not hold yet, each after those it names. */
  readonly newBlobs: readonly NewBlob[];
}

interface PlannedFrame {
  readonly entries: PlannedEntry[];
  readonly firstBlob: number;
  bytesLimit: number;
}

/** Turns entries into frames for one segment and remembers which blobs the segment holds. */
export class SegmentEncoder {
  readonly #salt: number;
  readonly #numbers = new WeakMap<SpoolBlob, number>();
  #nextBlob = 0;

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** True when the segment holds the blob and what it names, or will with the next write. */
  has(blob: SpoolBlob): boolean {
    return this.#numbers.has(blob);
  }

  /** The frames of `entries`, whose numbers follow each other without a gap. */
  encode(entries: readonly NumberedEntry[], writtenMs: number): Buffer {
    return this.#encode(entries, { areCarried: false, nextSeq: 0, writtenMs });
  }

  /** The frames of records that an older segment holds; each brings its own number. */
  encodeCarried(entries: readonly NumberedEntry[], nextSeq: number, writtenMs: number): Buffer {
    return this.#encode(entries, { areCarried: true, nextSeq, writtenMs });
  }

  /**
   * A frame of some blobs that the entry names, for a turn of the event loop: the entry itself comes later. Undefined where
   * no more is left of it than fits into the limit.
   */
  encodeAhead(entry: NumberedEntry, nextSeq: number, writtenMs: number, limitBytes: number): Buffer | undefined {
    const missing = childrenFirst(entry.blobs, (blob) => this.#numbers.has(blob));
    let count = 0;
    for (let bytes = 0; count < missing.length && bytes < limitBytes; count += 1) {
      bytes += itemBytes(missing[count]!.blobs.length, missing[count]!.byteLength);
    }
    if (count === missing.length) return undefined;
    const firstBlob = this.#nextBlob;
    const newBlobs = missing.slice(0, count).map((blob) => this.#add(blob));
    const target = Buffer.allocUnsafe(FRAME_HEADER_BYTES + limitOf(newBlobs));
    const at = writeBlobs(target, FRAME_HEADER_BYTES, newBlobs);
    const header = { payloadBytes: at - FRAME_HEADER_BYTES, recordCount: 0, firstSeq: nextSeq, writtenMs, firstBlob };
    sealFrame(target, 0, header, this.#salt);
    return target.subarray(0, at);
  }

  #encode(entries: readonly NumberedEntry[], context: FrameContext): Buffer {
    const frames = this.#plan(entries);
    const target = Buffer.allocUnsafe(frames.reduce((sum, { bytesLimit }) => sum + FRAME_HEADER_BYTES + bytesLimit, 0));
    let at = 0;
    for (const frame of frames) at = this.#write(target, at, frame, context);
    return target.subarray(0, at);
  }

  #plan(entries: readonly NumberedEntry[]): PlannedFrame[] {
    const frames: PlannedFrame[] = [];
    let frame: PlannedFrame | undefined;
    for (const entry of entries) {
      if (frame === undefined || frame.bytesLimit >= FRAME_PAYLOAD_BYTES) {
        frame = { entries: [], firstBlob: this.#nextBlob, bytesLimit: 0 };
        frames.push(frame);
      }
      const newBlobs = childrenFirst(entry.blobs, (blob) => this.#numbers.has(blob)).map((blob) => this.#add(blob));
      frame.entries.push({ entry, names: this.#namesOf(entry), newBlobs });
      frame.bytesLimit += itemBytesLimit(entry.blobs.length, entry.head.byteLength) + limitOf(newBlobs);
    }
    return frames;
  }

  #add(blob: SpoolBlob): NewBlob {
    const number = this.#nextBlob;
    this.#nextBlob += 1;
    this.#numbers.set(blob, number);
    return { number, names: this.#namesOf(blob), bytes: madeBytes(blob) };
  }

  #namesOf({ blobs }: { readonly blobs: readonly SpoolBlob[] }): number[] {
    return blobs.map((blob) => this.#numbers.get(blob)!);
  }

  #write(target: Buffer, frameAt: number, frame: PlannedFrame, context: FrameContext): number {
    const { entries, firstBlob } = frame;
    let at = frameAt + FRAME_HEADER_BYTES;
    let nextBlob = firstBlob;
    for (const { entry, names, newBlobs } of entries) {
      at = writeBlobs(target, at, newBlobs);
      nextBlob += newBlobs.length;
      const carriedSeq = context.areCarried ? entry.seq : undefined;
      at = writeRecordItem(target, at, nextBlob, { carriedSeq, lanes: entry.lanes, names, head: entry.head });
    }
    const header = {
      payloadBytes: at - frameAt - FRAME_HEADER_BYTES,
      recordCount: context.areCarried ? 0 : entries.length,
      firstSeq: context.areCarried ? context.nextSeq : entries[0]!.entry.seq,
      writtenMs: context.writtenMs,
      firstBlob,
    };
    sealFrame(target, frameAt, header, this.#salt);
    return at;
  }
}

function limitOf(blobs: readonly NewBlob[]): number {
  return blobs.reduce((sum, { names, bytes }) => sum + itemBytesLimit(names.length, bytes.byteLength), 0);
}

/** Answers where the next item goes. */
function writeBlobs(target: Buffer, start: number, blobs: readonly NewBlob[]): number {
  let at = start;
  for (const { number, names, bytes } of blobs) at = writeBlobItem(target, at, number, names, bytes);
  return at;
}
