import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { attempt, removeFile, writeFully } from "./file-steps.ts";
import { blobItemBytes, recordItemBytes } from "./frame.ts";
import {
  createIncarnation,
  LEDGER_FILE,
  newIncarnationId,
  releaseIncarnation,
  removeIncarnation,
} from "./incarnation.ts";
import type { LaneTable } from "./lane-table.ts";
import { type LaneCounts, LedgerWriter } from "./ledger-file.ts";
import { LiveSegments } from "./live-segments.ts";
import type { ProcessTable } from "./lock.ts";
import { type NumberedEntry, SEGMENT_BYTES, SEGMENT_HEADER_BYTES, type SpoolBlob } from "./segment.ts";
import { assertInPlace, createSegment, type OpenSegment } from "./segment-file.ts";
import type { SeqRange } from "./seq-set.ts";
import type { Fd, SpoolFs } from "./spool-fs.ts";
import { call, runOffLoop, runSync, type Steps } from "./steps.ts";
import type { Watchdog } from "./watchdog.ts";
import type { WatermarkBoard } from "./watermarks.ts";

/**
 * Brings entries to the disk, in the order of their numbers, one group at a time.
 *
 * Two drivers share one description of the work: `work`, off the event loop, and `flushSync`, within one turn. They may
 * overlap, since `flushSync` must work while a write is under way. Three rules keep that sound:
 * - A group's place in the file is fixed, and the group remembered as `#inFlight`, before its write begins. `flushSync`
 *   first writes that same group to that same place: whichever write ends last, the bytes are the same.
 * - What a protocol made off the loop (a directory, a segment) is used only when `flushSync` has not made one meanwhile;
 *   otherwise it is removed again.
 * - Watermarks only grow, so a write that ends late changes nothing.
 */
export interface WriterParts {
  readonly fs: SpoolFs;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly directory: string;
  readonly isDurable: boolean;
  readonly segmentBytes?: number;
  readonly lanes: LaneTable;
  readonly watermarks: WatermarkBoard;
  readonly watchdog: Watchdog;
  readonly countsOf: (lane: string) => LaneCounts;
}

interface Incarnation {
  readonly id: string;
  readonly startedMs: number;
  readonly path: string;
  readonly ledgerFd: Fd;
  readonly ledger: LedgerWriter;
}

interface Group {
  readonly segment: OpenSegment;
  readonly position: number;
  readonly bytes: Buffer;
  readonly entries: readonly NumberedEntry[];
  /** `flushSync` has written it. */
  isWritten: boolean;
}

/** What is encoded in one turn of the event loop. */
const GROUP_BYTES = 1024 * 1024;

export class SpoolWriter {
  readonly segments: LiveSegments;
  readonly #parts: WriterParts;
  /** Not yet in any group. */
  #waiting: NumberedEntry[] = [];
  /** Written and not synced: kept, because after a failed sync they must be written again. */
  #unsynced: NumberedEntry[] = [];
  #inFlight: Group | undefined;
  #incarnation: Incarnation | undefined;
  #open: OpenSegment | undefined;
  #nextOrdinal = 1;
  #isLedgerDirty = false;
  #waitingBytes = 0;
  #waitingHashes = new Set<string>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.segments = new LiveSegments(parts.lanes);
  }

  get incarnationId(): string | undefined {
    return this.#incarnation?.id;
  }

  get hasWork(): boolean {
    return this.#waiting.length > 0 || this.#isLedgerDirty;
  }

  /** Bytes that the waiting entries will take on disk, about. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** What an entry would add: a blob that the segment holds, or that waits already, costs its name. */
  costOf(entry: Pick<NumberedEntry, "head" | "blobs">): number {
    let bytes = recordItemBytes(entry.head.byteLength, entry.blobs.length);
    for (const blob of entry.blobs) {
      if (this.#waitingHashes.has(blob.hash) || this.#open?.encoder.has(blob.hash)) continue;
      bytes += blobItemBytes(blobBytes(blob));
    }
    return bytes;
  }

  enqueue(entry: NumberedEntry, costBytes = this.costOf(entry)): void {
    this.#waiting.push(entry);
    this.#waitingBytes += costBytes;
    for (const { hash } of entry.blobs) this.#waitingHashes.add(hash);
  }

  markLedgerDirty(): void {
    this.#isLedgerDirty = true;
  }

  /** Every entry that is still in memory, by its number. */
  held(): Map<number, NumberedEntry> {
    const entries = [...this.#unsynced, ...(this.#inFlight?.entries ?? []), ...this.#waiting];
    return new Map(entries.map((entry) => [entry.seq, entry]));
  }

  /** Makes the directory: until then there is nobody to adopt others. */
  async start(): Promise<void> {
    await this.#offLoop(this.#ensureIncarnation());
    // Before any record: who dies between the first group and its ledger would leave records without an account.
    await this.#offLoop(this.#writeLedger());
  }

  /**
   * Makes a segment, which is what tells a disk that works from one that does not. Before, it frees what was settled
   * meanwhile: that may be all that a full disk needs.
   */
  async probe(): Promise<void> {
    await this.#offLoop(attempt(() => this.#removeSettled()));
    await this.#offLoop(this.#ensureSegment());
  }

  /** One group, the ledger, and the deletions that these allow. */
  async work(): Promise<void> {
    if (this.#waiting.length > 0) await this.#writeGroup();
    await this.#offLoop(this.#writeLedger());
    await this.#offLoop(this.#removeSettled());
  }

  /** Checks that what was written is still where it belongs. */
  async checkPlace(): Promise<void> {
    if (this.#open !== undefined) await this.#offLoop(assertInPlace(this.#open.info));
  }

  /** Writes everything that waits, and the ledger, before it returns. */
  flushSync(): void {
    runSync(this.#parts.fs, this.#flush());
  }

  /** The ledger alone, within this turn. Does nothing before the directory is made. */
  writeLedgerSync(): void {
    if (this.#incarnation === undefined) return;
    this.#isLedgerDirty = false;
    runSync(this.#parts.fs, this.#writeLedgerNow(this.#incarnation));
  }

  /**
   * After a failure: leaves the open segment as it is, never to be synced again, and takes back what was not
   * acknowledged, to be written to a new one.
   */
  giveUpSegment(): void {
    const entries = [...this.#unsynced, ...(this.#inFlight?.entries ?? [])];
    const open = this.#open;
    this.#unsynced = [];
    this.#inFlight = undefined;
    this.#open = undefined;
    this.#replaceWaiting(entries);
    if (open === undefined) return;
    this.segments.giveUpEnd(open.info, entries);
    this.#closeQuietly(open.fd);
  }

  /** After its files vanished: the next work makes a new directory. Answers which records only these files held. */
  giveUpIncarnation(): SeqRange[] {
    this.giveUpSegment();
    if (this.#incarnation !== undefined) this.#closeQuietly(this.#incarnation.ledgerFd);
    this.#incarnation = undefined;
    return this.segments.forgetAll();
  }

  /** Removes what is settled; the rest stays, free for anybody to adopt. What is removed can't be released: no harm. */
  async close(): Promise<void> {
    const incarnation = this.#incarnation;
    if (this.#open !== undefined) this.#sealOpen(this.#open);
    this.#isLedgerDirty = true;
    await this.#offLoop(attempt(() => this.#writeLedger()));
    await this.#offLoop(attempt(() => this.#removeSettled()));
    this.#incarnation = undefined;
    if (incarnation === undefined) return;
    await this.#offLoop(
      attempt(function* () {
        yield* call((fs) => fs.close(incarnation.ledgerFd));
      }),
    );
    const isEmpty = this.segments.isEmpty && this.#waiting.length === 0;
    if (isEmpty) await this.#offLoop(attempt(() => removeIncarnation(incarnation.path)));
    await this.#offLoop(attempt(() => releaseIncarnation(this.#parts.directory, incarnation)));
  }

  #offLoop<Result>(steps: Steps<Result>): Promise<Result> {
    return runOffLoop(this.#parts.fs, steps, this.#parts.watchdog.watch);
  }

  async #writeGroup(): Promise<void> {
    await this.#offLoop(this.#ensureSegment());
    const group = this.#takeGroup(GROUP_BYTES);
    if (group === undefined) return;
    this.#inFlight = group;
    await this.#offLoop(this.#write(group));
    if (this.#inFlight === group) this.#acknowledge(group);
    if (this.#parts.isDurable) await this.#offLoop(this.#sync(group.segment));
    this.#rollIfFull();
  }

  *#flush(): Steps<void> {
    yield* this.#ensureIncarnation();
    const inFlight = this.#inFlight;
    if (inFlight !== undefined) {
      yield* this.#write(inFlight);
      this.#acknowledge(inFlight);
    }
    while (this.#waiting.length > 0) {
      yield* this.#ensureSegment();
      const group = this.#takeGroup(Number.POSITIVE_INFINITY)!;
      this.#inFlight = group;
      yield* this.#write(group);
      this.#acknowledge(group);
    }
    if (this.#parts.isDurable && this.#open !== undefined) yield* this.#sync(this.#open);
    this.#isLedgerDirty = true;
    yield* this.#writeLedger();
  }

  /** Fixes the place of the next entries in the open segment. */
  #takeGroup(limitBytes: number): Group | undefined {
    const segment = this.#open;
    if (segment === undefined || this.#waiting.length === 0) return undefined;
    let taken = 0;
    for (let bytes = 0; taken < this.#waiting.length && bytes < limitBytes; taken += 1) {
      bytes += entryBytes(this.#waiting[taken]!);
    }
    const entries = this.#waiting.slice(0, taken);
    const bytes = segment.encoder.encode(entries, this.#parts.clock.wallMs());
    this.#replaceWaiting([], taken);
    const position = segment.info.endAt;
    this.segments.extend(segment.info, entries, bytes.length);
    return { segment, position, bytes, entries, isWritten: false };
  }

  /** Replaces the waiting entries by `first` and all but the first `taken` of them. */
  #replaceWaiting(first: readonly NumberedEntry[], taken = 0): void {
    const rest = this.#waiting.slice(taken);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#waitingHashes.clear();
    for (const entry of [...first, ...rest]) this.enqueue(entry);
  }

  *#write(group: Group): Steps<void> {
    yield* writeFully(group.segment.fd, group.bytes, group.position);
    yield* assertInPlace(group.segment.info);
  }

  #acknowledge(group: Group): void {
    if (group.isWritten) return;
    group.isWritten = true;
    if (this.#inFlight === group) this.#inFlight = undefined;
    if (this.#parts.isDurable) this.#unsynced.push(...group.entries);
    this.#parts.watermarks.spooledTo(group.entries.at(-1)!.seq);
  }

  *#sync(segment: OpenSegment): Steps<void> {
    const { spooled } = this.#parts.watermarks.current;
    yield* call((fs) => fs.fsync(segment.fd));
    if (this.#open !== segment) return;
    this.#unsynced = this.#unsynced.filter(({ seq }) => seq > spooled);
    this.#parts.watermarks.syncedTo(spooled);
  }

  #rollIfFull(): void {
    const open = this.#open;
    if (open === undefined || this.#unsynced.length > 0 || this.#inFlight !== undefined) return;
    if (open.info.endAt >= (this.#parts.segmentBytes ?? SEGMENT_BYTES)) this.#sealOpen(open);
  }

  #sealOpen(open: OpenSegment): void {
    open.info.isSealed = true;
    this.#open = undefined;
    this.#closeQuietly(open.fd);
  }

  get #nextSeq(): number {
    return this.#waiting[0]?.seq ?? this.#parts.watermarks.captured + 1;
  }

  *#ensureSegment(): Steps<void> {
    const incarnation = yield* this.#ensureIncarnation();
    if (this.#open !== undefined) return;
    const ordinal = this.#nextOrdinal;
    this.#nextOrdinal += 1;
    const made = yield* createSegment({
      incarnationPath: incarnation.path,
      incarnationId: incarnation.id,
      ordinal,
      firstSeq: this.#nextSeq,
      createdMs: this.#parts.clock.wallMs(),
      isDurable: this.#parts.isDurable,
    });
    if (this.#open === undefined && this.#incarnation === incarnation && this.#nextSeq === made.info.firstSeq) {
      this.#open = made;
      this.segments.add(made.info);
      return;
    }
    yield* attempt(() => call((fs) => fs.close(made.fd)));
    yield* attempt(() => call((fs) => fs.unlink(made.info.path)));
  }

  *#ensureIncarnation(): Steps<Incarnation> {
    if (this.#incarnation !== undefined) return this.#incarnation;
    const made = yield* this.#createIncarnation();
    if (this.#incarnation === undefined) {
      this.#incarnation = made;
      this.#isLedgerDirty = true;
      return made;
    }
    yield* attempt(() => call((fs) => fs.close(made.ledgerFd)));
    yield* attempt(() => removeIncarnation(made.path));
    return this.#incarnation;
  }

  *#createIncarnation(): Steps<Incarnation> {
    const { directory, isDurable, lanes, clock, processes } = this.#parts;
    const id = newIncarnationId();
    const startedMs = clock.wallMs();
    const firstSeq = this.#nextSeq;
    const owner = { ...processes.self(), firstSeq, lanes: lanes.names };
    const path = yield* createIncarnation(directory, { id, startedMs, owner, isDurable });
    const ledgerFd = yield* call((fs) => fs.open(join(path, LEDGER_FILE), "create"));
    return { id, startedMs, path, ledgerFd, ledger: new LedgerWriter(id) };
  }

  *#writeLedger(): Steps<void> {
    if (!this.#isLedgerDirty || this.#incarnation === undefined) return;
    this.#isLedgerDirty = false;
    yield* this.#writeLedgerNow(this.#incarnation);
  }

  *#writeLedgerNow(incarnation: Incarnation): Steps<void> {
    const { lanes, clock, watermarks, countsOf } = this.#parts;
    yield* incarnation.ledger.write(incarnation.ledgerFd, {
      captured: watermarks.captured,
      writtenMs: clock.wallMs(),
      lanes: lanes.accounts(countsOf),
    });
  }

  /** A segment goes only after a ledger that says why: else its absence would look like corruption. */
  *#removeSettled(): Steps<void> {
    const incarnation = this.#incarnation;
    const removable = this.segments.takeRemovable();
    if (incarnation === undefined || removable.length === 0) return;
    yield* this.#writeLedgerNow(incarnation);
    if (this.#parts.isDurable) yield* call((fs) => fs.fsync(incarnation.ledgerFd));
    for (const segment of removable) {
      if (!(yield* attempt(() => removeFile(segment.path)))) this.segments.keepForLater(segment);
    }
  }

  /** Not awaited: nothing depends on it, and on a hung disk it would never end. */
  #closeQuietly(fd: Fd): void {
    void this.#parts.fs.offLoop.close(fd).catch(() => undefined);
  }
}

function blobBytes({ bytes, byteLength }: SpoolBlob): number {
  return byteLength ?? (typeof bytes === "function" ? 0 : bytes.byteLength);
}

function entryBytes(entry: NumberedEntry): number {
  return entry.blobs.reduce((sum, blob) => sum + blobBytes(blob), entry.head.byteLength + SEGMENT_HEADER_BYTES);
}
