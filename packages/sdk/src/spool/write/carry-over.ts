import type { OffLoop, SpoolCalls } from "../disk/spool-fs.ts";
import { childrenFirst, type NumberedEntry, type SpoolBlob, type StoredEntry } from "../format/entries.ts";
import { FRAME_HEADER_BYTES } from "../format/frame.ts";
import { itemBytes } from "../format/items.ts";
import { SEGMENT_HEADER_BYTES } from "../format/segment.ts";
import { SegmentReader } from "../read/segment-reader.ts";
import type { LiveSegment, LiveSegments } from "./live-segments.ts";

/**
 * A span that is open for hours keeps its START on disk, and with it the whole segment that it lies in. So, whenever a
 * segment is full, the older ones are looked at: where only a few records are left, these are written again, under their
 * own numbers, to the newest segment, and the old one can go.
 *
 * A crash at any point leaves the record in the old segment, in both or in the new one: recovery knows it by its number.
 */
export interface CarryOverParts {
  readonly fs: OffLoop<SpoolCalls>;
  readonly segments: LiveSegments;
  readonly laneCount: number;
  /** False for a record that would be misunderstood when it comes after newer ones. */
  readonly mayCarry: (seq: number) => boolean;
  /** How much may be written for it now. */
  readonly roomBytes: () => number;
}

/** Records that are to be written again so that `from` can go. */
export interface CarryPlan {
  readonly from: LiveSegment;
  readonly entries: readonly NumberedEntry[];
}

/** Of a segment's bytes, and of its records when these are many, how much may be left for it to be worth the copy. */
const WORTH_SHARE = 0.5;
const FEW = 16;
const MAX_RECORDS = 1_000;
/** Each costs the reading of a segment. */
const MAX_LOOKED_AT = 2;

export class CarryOver {
  readonly #parts: CarryOverParts;
  #candidates: LiveSegment[] = [];
  /** How many were left when it was found not worth it: until some of them are settled it still isn't. */
  readonly #inVain = new WeakMap<LiveSegment, number>();

  constructor(parts: CarryOverParts) {
    this.#parts = parts;
  }

  get isPending(): boolean {
    return this.#candidates.length > 0;
  }

  /** The newest segment is full. */
  noteSealed(newest: LiveSegment): void {
    this.#candidates = this.#parts.segments.all
      .filter((segment) => segment !== newest && this.#mayBeWorthIt(segment))
      .slice(0, MAX_LOOKED_AT);
  }

  /** The segments' files are gone. */
  forget(): void {
    this.#candidates = [];
  }

  /** Reads what one of the segments still keeps; undefined when that is not worth it. Never rejects. */
  async next(incarnationId: string): Promise<CarryPlan | undefined> {
    const from = this.#candidates.shift();
    if (from === undefined) return undefined;
    const entries = await this.#read(from, incarnationId).catch(() => undefined);
    if (entries === undefined) this.#inVain.set(from, from.unsettled);
    return entries === undefined ? undefined : { from, entries };
  }

  /** What of it is still to be written: some may have been settled since, or must not be carried any more. */
  stillLeft({ from, entries }: CarryPlan): readonly NumberedEntry[] {
    const left = new Set(this.#parts.segments.unsettledIn(from));
    return [...left].every(this.#parts.mayCarry) ? entries.filter(({ seq }) => left.has(seq)) : [];
  }

  /** By the counts alone: a backlog may hold millions of records. */
  #mayBeWorthIt(segment: LiveSegment): boolean {
    if (!segment.isSealed || segment.unsettled === 0 || this.#inVain.get(segment) === segment.unsettled) return false;
    const records = segment.lastSeq - segment.firstSeq + 1;
    return segment.unsettled <= Math.max(FEW, records * WORTH_SHARE) * this.#parts.laneCount;
  }

  async #read(from: LiveSegment, incarnationId: string): Promise<NumberedEntry[] | undefined> {
    const left = new Set(this.#parts.segments.unsettledIn(from));
    if (left.size > MAX_RECORDS || ![...left].every(this.#parts.mayCarry)) return undefined;
    const found: StoredEntry[] = [];
    const reader = await SegmentReader.open(this.#parts.fs, { ...from, incarnationId }, from.endAt);
    try {
      while (left.size > 0) {
        const entry = await reader.next();
        // What is damaged, or not there, stays where it is.
        if (entry === undefined || (left.has(entry.seq) && !entry.isWhole)) return undefined;
        if (left.delete(entry.seq)) found.push(entry);
      }
    } finally {
      await reader.close();
    }
    const { entries, bytes } = writable(found);
    const contentBytes = from.endAt - SEGMENT_HEADER_BYTES - FRAME_HEADER_BYTES;
    return bytes <= Math.min(contentBytes * WORTH_SHARE, this.#parts.roomBytes()) ? entries : undefined;
  }
}

/** A stored blob of which nothing is lost. */
interface WholeBlob {
  readonly bytes: Uint8Array;
  readonly blobs: readonly WholeBlob[];
}

/** What was read, as it can be written. */
function writable(entries: readonly StoredEntry[]): { entries: NumberedEntry[]; bytes: number } {
  const made = new Map<WholeBlob, SpoolBlob>();
  const named = (blobs: readonly WholeBlob[]) => blobs.map((blob) => made.get(blob)!);
  let bytes = 0;
  const numbered = entries.map(({ seq, head, lanes, blobs }) => {
    const whole = blobs as readonly WholeBlob[];
    for (const blob of childrenFirst(whole, (known) => made.has(known))) {
      const copy = { byteLength: blob.bytes.byteLength, bytes: () => blob.bytes, blobs: named(blob.blobs) };
      made.set(blob, copy);
      bytes += itemBytes(blob.blobs.length, blob.bytes.byteLength);
    }
    bytes += itemBytes(whole.length, head.byteLength);
    return { seq, head, lanes, blobs: named(whole) };
  });
  return { entries: numbered, bytes };
}
