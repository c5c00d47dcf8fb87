import { systemClock } from "../contract/clock.ts";
import { nodeSpoolFs } from "./disk/node-spool-fs.ts";
import type { SpoolContent } from "./format/content.ts";
import { NO_DOUBT } from "./format/doubt.ts";
import type { SpoolBlob, SpoolEntry } from "./format/entries.ts";
import { LaneTable } from "./format/lane-table.ts";
import { type LaneCounts, type LaneState, NO_COUNTS, NOTHING_UNTOLD } from "./format/ledger-file.ts";
import { WatermarkBoard, type Watermarks } from "./format/watermarks.ts";
import { systemProcesses } from "./lifecycle/lock.ts";
import {
  type CompleteSpoolOptions,
  completeOptions,
  type SpoolOptions,
  type SpoolState,
  tell,
} from "./lifecycle/spool-options.ts";
import type { Orphan, SettledAs } from "./read/orphan.ts";
import { type AdoptionOptions, adoptOrphans } from "./read/recovery.ts";
import { SpoolReader } from "./spool-reader.ts";
import { SpoolWriter } from "./write/spool-writer.ts";
import { Watchdog } from "./write/watchdog.ts";
import { WritingLoop } from "./write/writing-loop.ts";

/** What the application wants kept, as bytes. */
export interface AppendedEntry {
  readonly head: SpoolContent;
  /** The blobs that the head refers to, by their places in this list. */
  readonly blobs: readonly SpoolBlob[];
  /** The lanes that it concerns. Default: all. */
  readonly lanes?: readonly string[];
}

/**
 * The append-only log on disk: bytes in, bytes out. It keeps each record until every lane has settled it, across the
 * death of the process, and knows nothing of spans.
 *
 * No method throws and none waits for the disk, but for `flushSync` and the one small write of `writeLedger`. When the
 * disk fails the spool says so once, refuses new records and comes back by itself; what it had accepted it still holds.
 */
export class Spool {
  readonly #options: CompleteSpoolOptions;
  readonly #parts: Pick<AdoptionOptions, "fs" | "clock" | "processes" | "directory" | "isDurable">;
  readonly #lanes: LaneTable;
  readonly #counts = new Map<string, { -readonly [Key in keyof LaneCounts]: LaneCounts[Key] }>();
  readonly #board: WatermarkBoard;
  readonly #watchdog: Watchdog;
  readonly #writer: SpoolWriter;
  readonly #loop: WritingLoop;
  readonly #reader: SpoolReader;
  readonly #orphans: Orphan[] = [];
  #closing: Promise<void> | undefined;
  /** This process ends in order: whoever closed the spool tells of its losses. */
  #isTold = false;

  /** Begins to open immediately, off the event loop; records are taken from the first moment. */
  static open(options: SpoolOptions): Spool {
    return new Spool(completeOptions(options));
  }

  private constructor(options: CompleteSpoolOptions) {
    const { fs = nodeSpoolFs, clock = systemClock, processes = systemProcesses, directory, durability } = options;
    this.#options = options;
    this.#parts = { fs, clock, processes, directory, isDurable: durability === "power" };
    this.#lanes = new LaneTable(options.lanes);
    for (const lane of options.lanes) this.#counts.set(lane, { ...NO_COUNTS });
    this.#board = new WatermarkBoard(0, (watermarks) => tell(() => options.onWatermark?.(watermarks)));
    this.#watchdog = new Watchdog(clock, options.hangMs);
    this.#writer = new SpoolWriter({
      ...this.#parts,
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
      aheadBytes: options.aheadBytes,
      lanes: this.#lanes,
      watermarks: this.#board,
      watchdog: this.#watchdog,
      stateOf: (lane) => this.#stateOf(lane),
      mayCarry: options.mayCarry ?? (() => true),
      roomBytes: () => options.maxBytes - this.bytes,
    });
    this.#reader = new SpoolReader(fs.offLoop, clock, this.#writer);
    this.#loop = new WritingLoop({ options, clock, watchdog: this.#watchdog, writer: this.#writer });
  }

  /** `opening` takes records as `disk` does. */
  get state(): SpoolState {
    return this.#loop.state;
  }

  get watermarks(): Watermarks {
    return this.#board.current;
  }

  /** Bytes on disk and on their way there. */
  get bytes(): number {
    let bytes = this.#loop.segmentBytes + this.#writer.waiting.bytes;
    for (const orphan of this.#orphans) bytes += orphan.bytes;
    return bytes;
  }

  /** Resolves once the disk is in use or was found unusable; never rejects. */
  get opened(): Promise<void> {
    return this.#loop.started;
  }

  /**
   * Accepts a record and answers its number, from 1 without a gap; -1 when the bound is reached (`isFull`) or the spool
   * is in memory mode or closed. Only buffers: `whenSpooled` says when the record is on disk.
   */
  append({ head, blobs, lanes }: AppendedEntry): number {
    if (this.state === "memory" || this.state === "closed") return -1;
    const cost = this.#writer.waiting.costOf({ head, blobs });
    if (!this.hasRoomFor(cost.bytes)) return -1;
    this.#board.captured += 1;
    const seq = this.#board.captured;
    const mask = lanes === undefined ? this.#lanes.all : this.#lanes.maskOf(lanes);
    this.#lanes.markUnconcerned(seq, mask);
    for (const lane of lanes ?? this.#lanes.names) this.#count(lane, "created");
    this.#writer.waiting.push({ seq, head, blobs, lanes: mask }, cost);
    this.#loop.scheduleCommit();
    return seq;
  }

  /** Writes what waits without waiting for more. */
  writeSoon(): void {
    if (!this.#writer.waiting.isEmpty) this.#loop.commitSoon();
  }

  /** False when `append` would refuse so many bytes because the bound is reached. */
  hasRoomFor(bytes: number): boolean {
    return this.bytes + bytes <= this.#options.maxBytes;
  }

  /** The record is done with in this lane. Segments that no lane needs any more are deleted. */
  settle(lane: string, seq: number, as: SettledAs = "delivered"): void {
    if (!this.#lanes.settle(lane, seq)) return;
    this.#count(lane, as);
    this.#writer.segments.settleOne(seq);
    this.#writer.markLedgerDirty();
    this.#loop.scheduleCommit();
  }

  /** Resolves with true once the record survives the death of the process, with false when the spool is closed before. */
  whenSpooled(seq: number): Promise<boolean> {
    this.#loop.commitSoon();
    return this.#board.reach("spooled", seq);
  }

  /** Resolves with true once the record survives a power cut (`durability: "power"`), with false when that can't be. */
  whenSynced(seq: number): Promise<boolean> {
    if (!this.#parts.isDurable) return Promise.resolve(false);
    this.#loop.commitSoon();
    return this.#board.reach("synced", seq);
  }

  /**
   * Makes the account exact on disk, by one small write within this turn: for the strict ledger, to be called at the
   * end of each transition. Turns itself off while the disk is slow; the account is then written with each group.
   */
  writeLedger(): void {
    this.#loop.writeLedger();
  }

  /** False when the ledger is not written in each turn, because the disk was too slow for it. */
  get isLedgerStrict(): boolean {
    return this.#loop.isLedgerStrict;
  }

  /**
   * Reads records back, in ascending order, but for some that have long waited. Those that are settled and gone, or
   * can't be read, are left out. Calls that go on where the last one ended read each byte once.
   */
  read(seqs: Iterable<number>): AsyncGenerator<SpoolEntry> {
    return this.#reader.read(seqs);
  }

  /** Adopts what dead processes left in the directory. May be called again later; never rejects. */
  async adopt(): Promise<{ readonly orphans: readonly Orphan[]; readonly foreign: number }> {
    await this.opened;
    const adopterId = this.#writer.incarnationId;
    if (this.state !== "disk" || adopterId === undefined) return { orphans: [], foreign: 0 };
    try {
      const adoption = await adoptOrphans({
        ...this.#parts,
        adopterId,
        lanes: this.#lanes.names,
        adopted: new Set(this.#orphans.map(({ id }) => id)),
        watch: this.#watchdog.watch,
      });
      this.#orphans.push(...adoption.orphans);
      return adoption;
    } catch {
      return { orphans: [], foreign: 0 };
    }
  }

  /**
   * Writes everything that waits before it returns; for an exit handler, at any moment, also while a write is under way.
   * False when the disk is not in use, hung or fails.
   */
  flushSync(): boolean {
    for (const orphan of this.#orphans) orphan.commitSync();
    return this.#loop.flushSync();
  }

  /** Writes what waits, removes what is settled and leaves the rest to whoever adopts it. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #count(lane: string, what: keyof LaneCounts): void {
    const counts = this.#counts.get(lane);
    if (counts !== undefined) counts[what] += 1;
  }

  #stateOf(lane: string): LaneState {
    const counts = this.#options.countsOf?.(lane) ?? this.#counts.get(lane) ?? NO_COUNTS;
    const { maybeDelivered, ...doubt } = this.#options.doubtOf?.(lane) ?? { ...NO_DOUBT, maybeDelivered: 0 };
    return { counts, doubt, untold: this.#isTold ? NOTHING_UNTOLD : { dropped: counts.dropped, maybeDelivered } };
  }

  async #close(): Promise<void> {
    this.#isTold = true;
    await this.#loop.close();
    for (const orphan of this.#orphans) {
      orphan.tell();
      await orphan.commit();
    }
    if (!this.#watchdog.isCallOverdue) {
      await this.#reader.close();
      await this.#writer.close();
    }
    this.#board.close();
  }
}
