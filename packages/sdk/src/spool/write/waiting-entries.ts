import { childrenFirst, type NumberedEntry, type SpoolBlob } from "../format/entries.ts";
import { itemBytes } from "../format/items.ts";

/** What an entry adds to the disk. A blob that the segment holds, or that waits already, costs its name. */
export interface EntryCost {
  readonly bytes: number;
  readonly newBlobs: readonly SpoolBlob[];
}

interface Waiting {
  readonly entry: NumberedEntry;
  bytes: number;
}

/** Entries that are in no group yet, in the order of their numbers, and what they will take on disk, about. */
export class WaitingEntries {
  readonly #isInSegment: (blob: SpoolBlob) => boolean;
  #waiting: Waiting[] = [];
  #blobs = new Set<SpoolBlob>();
  #bytes = 0;

  constructor(isInSegment: (blob: SpoolBlob) => boolean) {
    this.#isInSegment = isInSegment;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get all(): readonly NumberedEntry[] {
    return this.#waiting.map(({ entry }) => entry);
  }

  get firstSeq(): number | undefined {
    return this.#waiting[0]?.entry.seq;
  }

  /** The first entry, where it alone costs more than this. */
  firstBeyond(limitBytes: number): NumberedEntry | undefined {
    const first = this.#waiting[0];
    return first !== undefined && first.bytes > limitBytes ? first.entry : undefined;
  }

  costOf({ head, blobs }: Pick<NumberedEntry, "head" | "blobs">): EntryCost {
    const newBlobs = childrenFirst(blobs, (blob) => this.#blobs.has(blob) || this.#isInSegment(blob));
    let bytes = itemBytes(blobs.length, head.byteLength);
    for (const blob of newBlobs) bytes += itemBytes(blob.blobs.length, blob.byteLength);
    return { bytes, newBlobs };
  }

  push(entry: NumberedEntry, { bytes, newBlobs }: EntryCost = this.costOf(entry)): void {
    this.#waiting.push({ entry, bytes });
    this.#bytes += bytes;
    for (const blob of newBlobs) this.#blobs.add(blob);
  }

  /** So much of what the first entry costs is in the segment. */
  cameAhead(bytes: number): void {
    const first = this.#waiting[0]!;
    const paid = Math.min(bytes, first.bytes);
    first.bytes -= paid;
    this.#bytes -= paid;
  }

  /**
   * The first entries, as many as cost no more than this, and one at least.
   * @param largeBytes an entry that costs more does not come with others before it
   */
  take(limitBytes: number, largeBytes: number): NumberedEntry[] {
    let taken = 0;
    for (let bytes = 0; taken < this.#waiting.length && bytes < limitBytes; taken += 1) {
      const next = this.#waiting[taken]!;
      if (taken > 0 && next.bytes > largeBytes) break;
      bytes += next.bytes;
      this.#bytes -= next.bytes;
    }
    const entries = this.#waiting.splice(0, taken).map(({ entry }) => entry);
    if (this.isEmpty) this.#blobs.clear();
    return entries;
  }

  /** They were taken, and their segment was given up: they are the first again. */
  putBack(entries: readonly NumberedEntry[]): void {
    const all = [...entries, ...this.all];
    this.#waiting = [];
    this.#blobs.clear();
    this.#bytes = 0;
    for (const entry of all) this.push(entry);
  }
}
