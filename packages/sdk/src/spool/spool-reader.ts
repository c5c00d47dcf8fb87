import type { Cancel, Clock } from "../contract/clock.ts";
import type { OffLoop, SpoolCalls } from "./disk/spool-fs.ts";
import { materialised, type SpoolEntry } from "./format/entries.ts";
import { SegmentReader } from "./read/segment-reader.ts";
import type { LiveSegment } from "./write/live-segments.ts";
import type { SpoolWriter } from "./write/spool-writer.ts";

/** A segment that was read to some place, which the next call most likely goes on from. */
interface Cursor {
  readonly segment: LiveSegment;
  readonly reader: SegmentReader;
  /** Behind it lie all records with higher numbers that were not carried over. */
  passedSeq: number;
  /** It sees all that will ever be written. */
  isComplete: boolean;
  /** Carried records that lie before it. */
  readonly passedCarried: Set<number>;
}

/** How long a cursor is kept for nobody: it holds an open file and the blobs of one segment. */
const IDLE_MS = 1_000;

/**
 * Reads this process's own records back. A backlog is read in pieces, each by a call of its own: the last segment stays
 * open in between, so that all calls together read each byte once.
 */
export class SpoolReader {
  readonly #fs: OffLoop<SpoolCalls>;
  readonly #clock: Clock;
  readonly #writer: SpoolWriter;
  #idle: Cursor | undefined;
  #cancelIdle: Cancel | undefined;

  constructor(fs: OffLoop<SpoolCalls>, clock: Clock, writer: SpoolWriter) {
    this.#fs = fs;
    this.#clock = clock;
    this.#writer = writer;
  }

  /** In ascending order, but for what was carried over; without those that are settled and gone, or can't be read. */
  async *read(seqs: Iterable<number>): AsyncGenerator<SpoolEntry> {
    const wanted = [...new Set(seqs)].sort((a, b) => a - b);
    for (let index = 0; index < wanted.length; ) {
      const held = this.#writer.held();
      const entry = held.get(wanted[index]!);
      if (entry !== undefined) {
        yield materialised(entry);
        index += 1;
        continue;
      }
      const segment = this.#writer.segments.find(wanted[index]!);
      let end = index + 1;
      while (end < wanted.length && !held.has(wanted[end]!) && this.#isIn(segment, wanted[end]!)) end += 1;
      if (segment !== undefined) yield* this.#readFrom(segment, new Set(wanted.slice(index, end)));
      index = end;
    }
  }

  async close(): Promise<void> {
    this.#cancelIdle?.();
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle !== undefined) await idle.reader.close().catch(() => undefined);
  }

  #isIn(segment: LiveSegment | undefined, seq: number): boolean {
    return this.#writer.segments.find(seq) === segment;
  }

  async *#readFrom(segment: LiveSegment, wanted: Set<number>): AsyncGenerator<SpoolEntry> {
    let cursor: Cursor | undefined;
    try {
      cursor = await this.#cursorBefore(segment, wanted);
      while (cursor !== undefined && wanted.size > 0) {
        const entry = await cursor.reader.next();
        if (entry === undefined) return;
        const { seq, head, blobs, isWhole } = entry;
        if (isCarried(segment, seq)) cursor.passedCarried.add(seq);
        else cursor.passedSeq = seq;
        if (wanted.delete(seq)) yield { seq, head, blobs, isWhole };
      }
    } catch {
      // Unreadable now is like unreadable for ever to this reader: the caller sees which numbers did not come.
      await cursor?.reader.close().catch(() => undefined);
      cursor = undefined;
    } finally {
      if (cursor !== undefined) await this.#keep(cursor);
    }
  }

  /** The one that is left from the last call, when nothing that is wanted lies before it; else a new one. */
  async #cursorBefore(segment: LiveSegment, wanted: ReadonlySet<number>): Promise<Cursor | undefined> {
    const idle = this.#idle;
    if (idle?.segment === segment && [...wanted].every((seq) => isAhead(idle, seq))) {
      this.#cancelIdle?.();
      this.#idle = undefined;
      if (!idle.isComplete) idle.reader.growTo(segment.endAt);
      idle.isComplete = segment.isSealed;
      return idle;
    }
    const { incarnationId } = this.#writer;
    if (incarnationId === undefined) return undefined;
    const isComplete = segment.isSealed;
    const reader = await SegmentReader.open(this.#fs, { ...segment, incarnationId }, segment.endAt);
    return { segment, reader, isComplete, passedSeq: segment.firstSeq - 1, passedCarried: new Set() };
  }

  /** Calls may overlap; the cursor of the last one to end is kept. */
  async #keep(cursor: Cursor): Promise<void> {
    await this.close();
    this.#idle = cursor;
    this.#cancelIdle = this.#clock.schedule(() => void this.close(), IDLE_MS, false);
  }
}

function isAhead({ segment, passedSeq, passedCarried }: Cursor, seq: number): boolean {
  return isCarried(segment, seq) ? !passedCarried.has(seq) : seq > passedSeq;
}

function isCarried({ firstSeq, lastSeq }: LiveSegment, seq: number): boolean {
  return seq < firstSeq || seq > lastSeq;
}
