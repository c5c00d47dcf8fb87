import { attempt } from "../disk/file-steps.ts";
import type { SpoolFs } from "../disk/spool-fs.ts";
import { call, runOffLoop, runSync, type Steps } from "../disk/steps.ts";
import type { NumberedEntry } from "../format/entries.ts";
import { SEGMENT_BYTES } from "../format/segment.ts";
import type { SeqRange } from "../format/seq-set.ts";
import type { IncarnationParts } from "../lifecycle/own-incarnation.ts";
import { CarryOver } from "./carry-over.ts";
import { type Group, writeGroup } from "./group.ts";
import type { LiveSegments } from "./live-segments.ts";
import type { OpenSegment } from "./segment-file.ts";
import { WaitingEntries } from "./waiting-entries.ts";
import type { Watchdog } from "./watchdog.ts";
import { WritingPlace } from "./writing-place.ts";

/**
 * Brings entries to the disk, in the order of their numbers, one group at a time.
 *
 * Two drivers share one description of the work: `work`, off the event loop, and `flushSync`, within one turn. They may
 * overlap, since `flushSync` must work while a write is under way. Three rules keep that sound:
 * - A group's place in the file is fixed, and the group remembered as `#inFlight`, before its write begins. `flushSync`
 *   first writes that same group to that same place: whichever write ends last, the bytes are the same.
 * - Of what both make (a directory, a segment) one is used, see `WritingPlace`.
 * - Watermarks only grow, so a write that ends late changes nothing.
 */
export interface WriterParts extends IncarnationParts {
  readonly fs: SpoolFs;
  readonly segmentBytes?: number;
  /** See `SpoolOptions`. */
  readonly aheadBytes: number;
  readonly watchdog: Watchdog;
  /** See `CarryOverParts`. */
  readonly mayCarry: (seq: number) => boolean;
  readonly roomBytes: () => number;
}

/** What is encoded in one turn of the event loop. */
const GROUP_BYTES = 1024 * 1024;

export class SpoolWriter {
  /** Not yet in any group. */
  readonly waiting = new WaitingEntries((blob) => this.#place.open?.encoder.has(blob) === true);
  readonly #parts: WriterParts;
  readonly #place: WritingPlace;
  readonly #carryOver: CarryOver;
  /** Written and not synced: kept, because after a failed sync they must be written again. */
  #unsynced: NumberedEntry[] = [];
  #inFlight: Group | undefined;

  constructor(parts: WriterParts) {
    const { fs, lanes, mayCarry, roomBytes } = parts;
    this.#parts = parts;
    this.#place = new WritingPlace(parts, () => this.#nextSeq);
    this.#carryOver = new CarryOver({
      fs: fs.offLoop,
      segments: this.segments,
      laneCount: lanes.names.length,
      mayCarry,
      roomBytes,
    });
  }

  get segments(): LiveSegments {
    return this.#place.segments;
  }

  get incarnationId(): string | undefined {
    return this.#place.incarnation?.id;
  }

  get hasWork(): boolean {
    return !this.waiting.isEmpty || this.#place.isLedgerDirty || this.#carryOver.isPending;
  }

  markLedgerDirty(): void {
    this.#place.markLedgerDirty();
  }

  /** Every entry that is still in memory, by its number. */
  held(): Map<number, NumberedEntry> {
    const entries = [...this.#unsynced, ...(this.#inFlight?.entries ?? []), ...this.waiting.all];
    return new Map(entries.map((entry) => [entry.seq, entry]));
  }

  /** Makes the directory: until then there is nobody to adopt others. */
  async start(): Promise<void> {
    await this.#offLoop(this.#place.ensureIncarnation());
    // Before any record: who dies between the first group and its ledger would leave records without an account.
    await this.#offLoop(this.#place.writeLedger());
  }

  /**
   * Makes a segment, which is what tells a disk that works from one that does not. Before, it frees what was settled
   * meanwhile: that may be all that a full disk needs.
   */
  async probe(): Promise<void> {
    await this.#offLoop(attempt(() => this.#place.removeSettled(this.waiting.isEmpty)));
    await this.#offLoop(this.#place.ensureSegment());
  }

  /** One group, the ledger, and the deletions that these allow. */
  async work(): Promise<void> {
    // If the files were deleted, the directory is made again before the ledger is written.
    await this.#offLoop(this.#place.ensureIncarnation());
    if (!this.waiting.isEmpty) await this.#writeNext();
    if (this.#carryOver.isPending) await this.#carryNext();
    await this.#offLoop(this.#place.writeLedgerIfDirty());
    await this.#offLoop(this.#place.removeSettled(this.waiting.isEmpty));
  }

  /** Checks that what was written is still where it belongs. */
  checkPlace(): Promise<void> {
    return this.#offLoop(this.#place.checkPlace());
  }

  /** Writes everything that waits, and the ledger, before it returns. */
  flushSync(): void {
    runSync(this.#parts.fs, this.#flush());
  }

  /** The ledger alone, within this turn. */
  writeLedgerSync(): void {
    this.#place.writeLedgerSync();
  }

  /** After a failure: takes back what was not acknowledged, to be written to a new segment. */
  giveUpSegment(): void {
    const entries = [...this.#unsynced, ...(this.#inFlight?.entries ?? [])];
    const open = this.#place.giveUpSegment();
    this.#unsynced = [];
    this.#inFlight = undefined;
    this.waiting.putBack(entries);
    if (open !== undefined) this.segments.giveUpEnd(open.info, entries);
  }

  /** After its files vanished: the next work makes a new directory. Answers which records only these files held. */
  giveUpIncarnation(): SeqRange[] {
    this.giveUpSegment();
    this.#carryOver.forget();
    return this.#place.giveUpIncarnation();
  }

  /** Removes what is settled; the rest stays, free for anybody to adopt. */
  async close(): Promise<void> {
    await this.#offLoop(this.#place.leave(this.waiting.isEmpty));
  }

  #offLoop<Result>(steps: Steps<Result>): Promise<Result> {
    return runOffLoop(this.#parts.fs, steps, this.#parts.watchdog.watch);
  }

  async #writeNext(): Promise<void> {
    await this.#offLoop(this.#place.ensureSegment());
    const ahead = this.#groupAhead();
    if (ahead !== undefined) return this.#bringToDisk(ahead, false);
    const group = this.#takeGroup(GROUP_BYTES, this.#parts.aheadBytes);
    if (group === undefined) return;
    await this.#bringToDisk(group);
    const sealed = this.#rollIfFull();
    // Not after a carrying over: what fills a segment with copies must not begin the next.
    if (sealed !== undefined) this.#carryOver.noteSealed(sealed.info);
  }

  /** Records that alone keep an old segment on disk move to the open one, once they are as safe there. */
  async #carryNext(): Promise<void> {
    const { incarnation } = this.#place;
    if (incarnation === undefined) return;
    const plan = await this.#parts.watchdog.watch(this.#carryOver.next(incarnation.id));
    if (plan === undefined) return;
    await this.#offLoop(this.#place.ensureSegment());
    const segment = this.#place.open;
    const entries = this.#carryOver.stillLeft(plan);
    if (segment === undefined || entries.length === 0 || this.#place.incarnation !== incarnation) return;
    const group = this.#carriedGroup(segment, entries);
    await this.#bringToDisk(group);
    if (!group.isWritten || this.#place.open !== segment) return;
    for (const { seq } of entries) this.segments.carry(seq, plan.from, segment.info);
    this.#rollIfFull();
  }

  /** @param hasRecords false for what nobody relies on yet */
  async #bringToDisk(group: Group, hasRecords = true): Promise<void> {
    this.#inFlight = group;
    await this.#offLoop(writeGroup(group));
    if (this.#inFlight === group) this.#acknowledge(group);
    if (this.#parts.isDurable && hasRecords) await this.#offLoop(this.#sync(group.segment));
  }

  *#flush(): Steps<void> {
    yield* this.#place.ensureIncarnation();
    const inFlight = this.#inFlight;
    if (inFlight !== undefined) {
      yield* writeGroup(inFlight);
      this.#acknowledge(inFlight);
    }
    while (!this.waiting.isEmpty) {
      yield* this.#place.ensureSegment();
      const group = this.#takeGroup(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)!;
      this.#inFlight = group;
      yield* writeGroup(group);
      this.#acknowledge(group);
    }
    if (this.#parts.isDurable && this.#place.open !== undefined) yield* this.#sync(this.#place.open);
    yield* this.#place.writeLedger();
  }

  /** Some of the blobs of a large record: the rest, and the record, have other turns. */
  #groupAhead(): Group | undefined {
    const { aheadBytes, clock } = this.#parts;
    const segment = this.#place.open;
    const entry = this.waiting.firstBeyond(aheadBytes);
    if (segment === undefined || entry === undefined) return undefined;
    const bytes = segment.encoder.encodeAhead(entry, this.#nextSeq, clock.wallMs(), aheadBytes);
    if (bytes === undefined) return undefined;
    this.waiting.cameAhead(bytes.length);
    return this.#groupAtEnd(segment, [], bytes);
  }

  #takeGroup(limitBytes: number, largeBytes: number): Group | undefined {
    const segment = this.#place.open;
    if (segment === undefined || this.waiting.isEmpty) return undefined;
    const entries = this.waiting.take(limitBytes, largeBytes);
    try {
      return this.#groupAtEnd(segment, entries, segment.encoder.encode(entries, this.#parts.clock.wallMs()));
    } catch (error) {
      this.waiting.putBack(entries);
      throw error;
    }
  }

  #carriedGroup(segment: OpenSegment, entries: readonly NumberedEntry[]): Group {
    const bytes = segment.encoder.encodeCarried(entries, this.#nextSeq, this.#parts.clock.wallMs());
    return this.#groupAtEnd(segment, [], bytes);
  }

  /** Fixes the place of the next group in the open segment. */
  #groupAtEnd(segment: OpenSegment, entries: readonly NumberedEntry[], bytes: Buffer): Group {
    const position = segment.info.endAt;
    this.segments.extend(segment.info, entries, bytes.length);
    return { segment, position, bytes, entries, isWritten: false };
  }

  #acknowledge(group: Group): void {
    if (group.isWritten) return;
    group.isWritten = true;
    if (this.#inFlight === group) this.#inFlight = undefined;
    const last = group.entries.at(-1);
    if (last === undefined) return;
    if (this.#parts.isDurable) this.#unsynced.push(...group.entries);
    this.#parts.watermarks.spooledTo(last.seq);
  }

  *#sync(segment: OpenSegment): Steps<void> {
    const { spooled } = this.#parts.watermarks.current;
    yield* call((fs) => fs.fsync(segment.fd));
    if (this.#place.open !== segment) return;
    this.#unsynced = this.#unsynced.filter(({ seq }) => seq > spooled);
    this.#parts.watermarks.syncedTo(spooled);
  }

  /** Answers the segment that is full now. */
  #rollIfFull(): OpenSegment | undefined {
    const { open } = this.#place;
    if (open === undefined || this.#unsynced.length > 0 || this.#inFlight !== undefined) return undefined;
    if (open.info.endAt < (this.#parts.segmentBytes ?? SEGMENT_BYTES)) return undefined;
    this.#place.seal();
    return open;
  }

  get #nextSeq(): number {
    return this.waiting.firstSeq ?? this.#parts.watermarks.captured + 1;
  }
}
