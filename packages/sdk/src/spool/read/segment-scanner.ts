import type { Fd, OffLoop, SpoolCalls } from "../disk/spool-fs.ts";
import { FRAME_HEADER_BYTES, FRAME_MAGIC, type FrameHeader, isIntact, readFrameHeader } from "../format/frame.ts";
import { SEGMENT_HEADER_BYTES } from "../format/segment.ts";

const CHUNK_BYTES = 256 * 1024;
/** A disk fails in pages: around a read error everything but the page is still readable. */
const PAGE_BYTES = 4096;

export interface ScannedFrame {
  readonly header: FrameHeader;
  /** Valid until the next call of `next`. */
  readonly payload: Buffer;
}

/**
 * Reads the intact frames of one segment in order, in chunks, whatever lies between them. After damage it goes on at
 * the next place where both the magic and the checksum hold. What it passed over is in `damagedBytes` and `tailBytes`.
 */
export class SegmentScanner {
  readonly #fs: OffLoop<SpoolCalls>;
  readonly #fd: Fd;
  readonly #salt: number;
  #fileBytes: number;
  /** Part of the file that is in memory; its first byte is byte `#windowAt` of the file. */
  #window: Buffer = Buffer.alloc(0);
  #windowAt = SEGMENT_HEADER_BYTES;
  #position = SEGMENT_HEADER_BYTES;
  /** Where the last intact frame ends. */
  validEnd = SEGMENT_HEADER_BYTES;
  /** Bytes before `validEnd` that belong to no intact frame. */
  damagedBytes = 0;
  /** Pages that the disk refused to read; they are seen as zeros. */
  unreadablePages = 0;

  constructor(fs: OffLoop<SpoolCalls>, fd: Fd, salt: number, fileBytes: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#salt = salt;
    this.#fileBytes = fileBytes;
  }

  /** Bytes behind the last intact frame; meaningful once `next` has answered undefined. */
  get tailBytes(): number {
    return Math.max(0, this.#fileBytes - this.validEnd);
  }

  /** More of the file is written by now: `next` goes on behind the last intact frame. */
  growTo(fileBytes: number): void {
    this.#fileBytes = fileBytes;
    this.#position = this.validEnd;
    this.#window = Buffer.alloc(0);
    this.#windowAt = this.validEnd;
  }

  async next(): Promise<ScannedFrame | undefined> {
    let at = this.#position;
    while (at + FRAME_HEADER_BYTES <= this.#fileBytes) {
      const frame = await this.#frameAt(at);
      if (frame !== undefined) {
        this.damagedBytes += at - this.validEnd;
        this.validEnd = at + FRAME_HEADER_BYTES + frame.header.payloadBytes;
        this.#position = this.validEnd;
        return frame;
      }
      at = await this.#nextMagic(at + 1);
    }
    this.#position = at;
    return undefined;
  }

  async #frameAt(at: number): Promise<ScannedFrame | undefined> {
    await this.#load(at, FRAME_HEADER_BYTES);
    const header = readFrameHeader(this.#window, at - this.#windowAt);
    if (header === undefined || at + FRAME_HEADER_BYTES + header.payloadBytes > this.#fileBytes) return undefined;
    await this.#load(at, FRAME_HEADER_BYTES + header.payloadBytes);
    const local = at - this.#windowAt;
    if (!this.isFrame(this.#window, local, header)) return undefined;
    const payload = this.#window.subarray(local + FRAME_HEADER_BYTES, local + FRAME_HEADER_BYTES + header.payloadBytes);
    return { header, payload };
  }

  protected isFrame(bytes: Buffer, at: number, header: FrameHeader): boolean {
    return isIntact(bytes, at, header, this.#salt);
  }

  /** Where the next magic begins at or after `from`, or the end of the file. */
  async #nextMagic(from: number): Promise<number> {
    for (let at = from; at + FRAME_MAGIC.length <= this.#fileBytes; ) {
      await this.#load(at, FRAME_MAGIC.length);
      const found = this.#window.indexOf(FRAME_MAGIC, at - this.#windowAt);
      if (found >= 0) return this.#windowAt + found;
      at = this.#windowAt + this.#window.length - FRAME_MAGIC.length + 1;
    }
    return this.#fileBytes;
  }

  /** Brings [at, at + bytes) into the window, as far as the file goes. */
  async #load(at: number, bytes: number): Promise<void> {
    const end = Math.min(at + bytes, this.#fileBytes);
    if (at >= this.#windowAt && end <= this.#windowAt + this.#window.length) return;
    const kept = at >= this.#windowAt ? this.#window.subarray(at - this.#windowAt) : Buffer.alloc(0);
    const windowEnd = Math.min(this.#fileBytes, Math.max(end, at + kept.length + CHUNK_BYTES));
    const window = Buffer.alloc(Math.max(kept.length, windowEnd - at));
    kept.copy(window);
    await this.#fill(window, kept.length, at);
    this.#window = window;
    this.#windowAt = at;
  }

  /** What can't be read stays zero, and zeros are not a frame. */
  async #fill(window: Buffer, from: number, windowAt: number): Promise<void> {
    for (let at = from; at < window.length; ) {
      try {
        const count = await this.#fs.read(this.#fd, window.subarray(at), windowAt + at);
        if (count === 0) return;
        at += count;
      } catch {
        at += await this.#readOnePage(window, at, windowAt);
      }
    }
  }

  async #readOnePage(window: Buffer, at: number, windowAt: number): Promise<number> {
    const page = window.subarray(at, at + PAGE_BYTES - ((windowAt + at) % PAGE_BYTES));
    try {
      const count = await this.#fs.read(this.#fd, page, windowAt + at);
      if (count > 0) return count;
    } catch {
      this.unreadablePages += 1;
      page.fill(0);
    }
    return page.length;
  }
}
