import { EverspanError } from "@everspan/protocol";
import { type Cancel, type Clock, systemClock } from "../clock.ts";
import { LaneTable, MAX_LANES } from "./lane-table.ts";
import { type LaneCounts, NO_COUNTS } from "./ledger-file.ts";
import { type ProcessTable, systemProcesses } from "./lock.ts";
import { nodeSpoolFs } from "./node-spool-fs.ts";
import type { Orphan, SettledAs } from "./orphan.ts";
import { adoptOrphans } from "./recovery.ts";
import type { NumberedEntry, SpoolBlob } from "./segment.ts";
import { readSegment, type SpoolEntry } from "./segment-reader.ts";
import { type SeqRange, SeqSet } from "./seq-set.ts";
import { errorCode, type SpoolFs } from "./spool-fs.ts";
import { SpoolWriter } from "./spool-writer.ts";
import { Watchdog } from "./watchdog.ts";
import { WatermarkBoard, type Watermarks } from "./watermarks.ts";

export interface SpoolOptions {
  /** Made with its parents when it is not there. Several processes may share it. */
  readonly directory: string;
  /** The lanes that settle records, by name; at most 32. */
  readonly lanes: readonly string[];
  /** Bound of everything this process keeps on disk, adopted orphans included. Default 1 GiB. */
  readonly maxBytes?: number;
  /** `process`: a written record survives the process. `power`: synced as well, it survives a power cut. Default `process`. */
  readonly durability?: "process" | "power";
  /** How long a record waits for company before it is written, in milliseconds. Default 20. */
  readonly groupCommitMs?: number;
  /** Waiting bytes that are written at once. Default 256 KiB. */
  readonly groupCommitBytes?: number;
  /** Size at which a new segment is begun, in bytes. Default 8 MiB. */
  readonly segmentBytes?: number;
  /** How long one call of the file system may take before the disk counts as hung. Default 5 000. */
  readonly hangMs?: number;
  /**
   * How long a write of the ledger may take before the disk counts as slow, in milliseconds: after three such the ledger
   * is written with each group only. Default 5.
   */
  readonly slowLedgerMs?: number;
  /** The lanes' counts, for the ledger. Default: the spool's own, of `append` and `settle`. */
  readonly countsOf?: (lane: string) => LaneCounts;
  /** Called once for each change. */
  readonly onStateChange?: (change: SpoolStateChange) => void;
  /** Called whenever a watermark has moved. */
  readonly onWatermark?: (watermarks: Watermarks) => void;
  readonly fs?: SpoolFs;
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
}

/** `opening` takes records as `disk` does; in `memory` nothing is taken and the disk is tried every 30 seconds. */
export type SpoolState = "opening" | "disk" | "memory" | "closed";

export interface SpoolStateChange {
  readonly state: "disk" | "memory";
  /** Why: `ENOSPC`, `EIO`, `EACCES`, `HUNG`, `VANISHED`, …; absent when the disk came back. */
  readonly code?: string;
  readonly message: string;
  /** Records that were on disk, unsettled, and are there no more because the files vanished. */
  readonly lost: readonly SeqRange[];
}

/** What the application wants kept, as bytes. */
export interface AppendedEntry {
  readonly head: Uint8Array;
  readonly blobs: readonly SpoolBlob[];
  /** The lanes that it concerns. Default: all. */
  readonly lanes?: readonly string[];
}

const DEFAULTS = { maxBytes: 1 << 30, groupCommitMs: 20, groupCommitBytes: 256 * 1024, hangMs: 5_000, slowLedgerMs: 5 };
const PROBE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
/** After a failed sync, or when the files vanished, a new segment may work at once; anything else gets a pause. */
const WORTH_A_SECOND_TRY = new Set(["EIO", "ENOENT", "VANISHED"]);
const SLOW_LEDGER_LIMIT = 3;

/**
 * The append-only log on disk: bytes in, bytes out. It keeps each record until every lane has settled it, across the
 * death of the process, and knows nothing of spans.
 *
 * No method throws and none waits for the disk, but for `flushSync` and the one small write of `writeLedger`. When the
 * disk fails the spool says so once, refuses new records and comes back by itself; what it had accepted it still holds.
 */
export class Spool {
  readonly #options: SpoolOptions & typeof DEFAULTS;
  readonly #fs: SpoolFs;
  readonly #clock: Clock;
  readonly #processes: ProcessTable;
  readonly #lanes: LaneTable;
  readonly #counts = new Map<string, { -readonly [Key in keyof LaneCounts]: LaneCounts[Key] }>();
  readonly #board: WatermarkBoard;
  readonly #watchdog: Watchdog;
  readonly #writer: SpoolWriter;
  readonly #orphans: Orphan[] = [];
  readonly #starting: Promise<void>;
  #state: SpoolState = "opening";
  #running: Promise<void> | undefined;
  #cancelCommit: Cancel | undefined;
  #cancelProbe: Cancel | undefined;
  #cancelHeartbeat: Cancel | undefined;
  #isCommitDeferred = false;
  #segmentBytes = 0;
  #failures = 0;
  #slowLedgerWrites = 0;
  #closing: Promise<void> | undefined;

  /** Begins to open at once, off the event loop; records are taken from the first moment. */
  static open(options: SpoolOptions): Spool {
    return new Spool(options);
  }

  private constructor(options: SpoolOptions) {
    assertOptions(options);
    this.#options = { ...DEFAULTS, ...options };
    this.#fs = options.fs ?? nodeSpoolFs;
    this.#clock = options.clock ?? systemClock;
    this.#processes = options.processes ?? systemProcesses;
    this.#lanes = new LaneTable(options.lanes);
    for (const lane of options.lanes) this.#counts.set(lane, { ...NO_COUNTS });
    this.#board = new WatermarkBoard(0, (watermarks) => this.#tell(() => this.#options.onWatermark?.(watermarks)));
    this.#watchdog = new Watchdog(this.#clock, this.#options.hangMs);
    this.#writer = new SpoolWriter({
      fs: this.#fs,
      clock: this.#clock,
      processes: this.#processes,
      directory: options.directory,
      isDurable: this.#isDurable,
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
      lanes: this.#lanes,
      watermarks: this.#board,
      watchdog: this.#watchdog,
      countsOf: options.countsOf ?? ((lane) => this.#counts.get(lane) ?? NO_COUNTS),
    });
    this.#starting = this.#start();
  }

  get state(): SpoolState {
    return this.#state;
  }

  get watermarks(): Watermarks {
    return this.#board.current;
  }

  /** Bytes on disk and on their way there. */
  get bytes(): number {
    return (
      this.#segmentBytes + this.#writer.waitingBytes + this.#orphans.reduce((sum, orphan) => sum + orphan.bytes, 0)
    );
  }

  /** Resolves once the disk is in use or was found unusable; never rejects. */
  get opened(): Promise<void> {
    return this.#starting;
  }

  /**
   * Accepts a record and answers its number, from 1 without a gap; -1 when the bound is reached (`isFull`) or the spool
   * is in memory mode or closed. Only buffers: `whenSpooled` says when the record is on disk.
   */
  append(entry: AppendedEntry): number {
    if (this.#state === "memory" || this.#state === "closed") return -1;
    const bytes = this.#writer.costOf(entry);
    if (!this.hasRoomFor(bytes)) return -1;
    this.#board.captured += 1;
    const seq = this.#board.captured;
    const lanes = entry.lanes === undefined ? this.#lanes.all : this.#lanes.maskOf(entry.lanes);
    this.#lanes.markUnconcerned(seq, lanes);
    for (const lane of entry.lanes ?? this.#lanes.names) this.#count(lane, "created");
    const numbered: NumberedEntry = { seq, head: entry.head, blobs: entry.blobs, lanes };
    this.#writer.enqueue(numbered, bytes);
    this.#scheduleCommit();
    return seq;
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
    this.#scheduleCommit();
  }

  /** Resolves with true once the record survives the death of the process, with false when the spool is closed before. */
  whenSpooled(seq: number): Promise<boolean> {
    this.#commitSoon();
    return this.#board.reach("spooled", seq);
  }

  /** Resolves with true once the record survives a power cut (`durability: "power"`), with false when that can't be. */
  whenSynced(seq: number): Promise<boolean> {
    if (!this.#isDurable) return Promise.resolve(false);
    this.#commitSoon();
    return this.#board.reach("synced", seq);
  }

  /**
   * Makes the account exact on disk, by one small write within this turn: for the strict ledger, to be called at the
   * end of each transition. Turns itself off while the disk is slow; the account is then written with each group.
   */
  writeLedger(): void {
    this.#writer.markLedgerDirty();
    if (this.#state !== "disk" || this.#watchdog.isCallOverdue || this.#slowLedgerWrites >= SLOW_LEDGER_LIMIT) return;
    const beganMs = this.#clock.monotonicMs();
    try {
      this.#writer.writeLedgerSync();
    } catch (error) {
      this.#fail(error);
      return;
    }
    const isSlow = this.#clock.monotonicMs() - beganMs > this.#options.slowLedgerMs;
    this.#slowLedgerWrites = isSlow ? this.#slowLedgerWrites + 1 : 0;
  }

  /** False when the ledger is not written in each turn, because the disk was too slow for it. */
  get isLedgerStrict(): boolean {
    return this.#state === "disk" && this.#slowLedgerWrites < SLOW_LEDGER_LIMIT;
  }

  /** Reads records back, in ascending order. Those that are settled and gone, or can't be read, are left out. */
  async *read(seqs: Iterable<number>): AsyncGenerator<SpoolEntry> {
    const wanted = [...new Set(seqs)].sort((a, b) => a - b);
    for (let index = 0; index < wanted.length; ) {
      const held = this.#writer.held().get(wanted[index]!);
      if (held !== undefined) {
        yield materialised(held);
        index += 1;
        continue;
      }
      const segment = this.#writer.segments.find(wanted[index]!);
      const incarnationId = this.#writer.incarnationId;
      if (segment === undefined || incarnationId === undefined) {
        index += 1;
        continue;
      }
      let end = index;
      while (end < wanted.length && wanted[end]! <= segment.lastSeq) end += 1;
      yield* this.#readFrom({ ...segment, incarnationId }, SeqSet.of(toRanges(wanted.slice(index, end))));
      index = end;
    }
  }

  /** The unsettled numbers of one lane that lie in sealed segments: what keeps these segments on disk. */
  stragglers(lane: string): number[] {
    const settled = this.#lanes.settledIn(lane);
    if (settled === undefined) return [];
    return this.#writer.segments.all
      .filter(({ isSealed, unsettled }) => isSealed && unsettled > 0)
      .flatMap(({ firstSeq, lastSeq }) => settled.missing(firstSeq, lastSeq))
      .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
  }

  /** Adopts what dead processes left in the directory. May be called again later; never rejects. */
  async adopt(): Promise<{ readonly orphans: readonly Orphan[]; readonly foreign: number }> {
    await this.#starting;
    const adopterId = this.#writer.incarnationId;
    if (this.#state !== "disk" || adopterId === undefined) return { orphans: [], foreign: 0 };
    try {
      const adoption = await adoptOrphans({
        fs: this.#fs,
        clock: this.#clock,
        processes: this.#processes,
        directory: this.#options.directory,
        adopterId,
        lanes: this.#lanes.names,
        isDurable: this.#isDurable,
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
    if ((this.#state !== "disk" && this.#state !== "opening") || this.#watchdog.isCallOverdue) return false;
    try {
      this.#writer.flushSync();
      this.#segmentBytes = this.#writer.segments.bytes;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Writes what waits, removes what is settled and leaves the rest to whoever adopts it. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #isOnDisk(): boolean {
    return this.#state === "disk";
  }

  get #isDurable(): boolean {
    return this.#options.durability === "power";
  }

  async #start(): Promise<void> {
    try {
      await this.#writer.start();
      if (this.#state === "opening") this.#state = "disk";
      this.#scheduleHeartbeat();
      if (this.#writer.hasWork) this.#scheduleCommit();
    } catch (error) {
      this.#fail(error, { mayRetry: false });
    }
  }

  #count(lane: string, what: keyof LaneCounts): void {
    const counts = this.#counts.get(lane);
    if (counts !== undefined) counts[what] += 1;
  }

  #scheduleCommit(): void {
    if (this.#writer.waitingBytes >= this.#options.groupCommitBytes) {
      if (!this.#isCommitDeferred) this.#commitSoon();
      return;
    }
    this.#cancelCommit ??= this.#clock.schedule(() => this.#commit(), this.#options.groupCommitMs, false);
  }

  #commitSoon(): void {
    this.#isCommitDeferred = true;
    this.#clock.defer(() => this.#commit());
  }

  #commit(): void {
    this.#cancelCommit?.();
    this.#cancelCommit = undefined;
    this.#isCommitDeferred = false;
    if (this.#running !== undefined || this.#state === "memory" || this.#state === "closed") return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    await this.#starting;
    if (!this.#isOnDisk) return;
    // At least once: what was settled may have to be deleted, though nothing waits.
    do {
      try {
        await this.#writer.work();
        this.#succeed();
      } catch (error) {
        this.#fail(error);
      }
    } while (this.#isOnDisk && this.#writer.hasWork);
  }

  #succeed(): void {
    this.#failures = 0;
    this.#segmentBytes = this.#writer.segments.bytes;
  }

  #fail(error: unknown, { mayRetry = true } = {}): void {
    if (this.#state === "memory" || this.#state === "closed") return;
    const code = errorCode(error);
    this.#giveUpFiles(code);
    this.#failures += 1;
    if (mayRetry && this.#failures === 1 && WORTH_A_SECOND_TRY.has(code)) return;
    this.#state = "memory";
    this.#scheduleProbe();
    const reason = error instanceof Error ? error.message : String(error);
    this.#announce({ state: "memory", code, message: `the spool's disk can't be used (${code}): ${reason}`, lost: [] });
  }

  #giveUpFiles(code: string): void {
    if (code !== "ENOENT" && code !== "VANISHED") {
      this.#writer.giveUpSegment();
      return;
    }
    const lost = this.#writer.giveUpIncarnation();
    if (lost.length === 0) return;
    const message = "the spool's files were removed or replaced; a new directory is made";
    this.#announce({ state: this.#state === "memory" ? "memory" : "disk", code: "VANISHED", message, lost });
  }

  #scheduleProbe(): void {
    this.#cancelProbe = this.#clock.schedule(() => void this.#probe(), PROBE_MS, false);
  }

  /** No probe while a call is still out: on a hung disk each would take one more thread from the application. */
  async #probe(): Promise<void> {
    if (this.#state !== "memory") return;
    if (this.#watchdog.isCallOverdue) return this.#scheduleProbe();
    try {
      await this.#writer.probe();
      while (this.#writer.hasWork) await this.#writer.work();
    } catch (error) {
      this.#giveUpFiles(errorCode(error));
      this.#scheduleProbe();
      return;
    }
    if (this.#state !== "memory") return;
    this.#state = "disk";
    this.#slowLedgerWrites = 0;
    this.#succeed();
    this.#scheduleHeartbeat();
    this.#announce({ state: "disk", message: "the spool's disk is in use again", lost: [] });
  }

  /** The ledger's time is the heartbeat: what a later start takes for this process's end. */
  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat?.();
    this.#cancelHeartbeat = this.#clock.schedule(() => void this.#heartbeat(), HEARTBEAT_MS, false);
  }

  async #heartbeat(): Promise<void> {
    if (this.#state !== "disk") return;
    this.#scheduleHeartbeat();
    if (this.#watchdog.isCallOverdue) return;
    this.#slowLedgerWrites = 0;
    this.#writer.markLedgerDirty();
    try {
      await this.#writer.checkPlace();
    } catch (error) {
      this.#fail(error);
    }
    this.#commit();
  }

  async *#readFrom(
    segment: { path: string; ordinal: number; incarnationId: string; endAt: number },
    wanted: SeqSet,
  ): AsyncGenerator<SpoolEntry> {
    let left = wanted.size;
    try {
      for await (const { seq, head, blobs, missing } of readSegment(this.#fs.offLoop, segment, segment.endAt)) {
        if (!wanted.has(seq)) continue;
        yield { seq, head, blobs, missing };
        left -= 1;
        if (left === 0) return;
      }
    } catch {
      // Unreadable now is like unreadable for ever to this reader: the caller sees which numbers did not come.
    }
  }

  #announce(change: SpoolStateChange): void {
    this.#tell(() => this.#options.onStateChange?.(change));
  }

  /** A listener that throws harms nobody. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch {
      // The listener's own affair.
    }
  }

  async #close(): Promise<void> {
    await this.#starting;
    this.#cancelCommit?.();
    while (this.#running !== undefined) await this.#running;
    if (this.#state === "disk") await this.#run();
    this.#state = "closed";
    this.#cancelProbe?.();
    this.#cancelHeartbeat?.();
    for (const orphan of this.#orphans) await orphan.commit();
    if (!this.#watchdog.isCallOverdue) await this.#writer.close();
    this.#board.close();
  }
}

function assertOptions({ directory, lanes }: SpoolOptions): void {
  if (typeof directory !== "string" || directory === "") {
    throw new EverspanError("EVERSPAN_INVALID_OPTION", "spool.directory must be a path");
  }
  if (lanes.length > MAX_LANES || new Set(lanes).size !== lanes.length) {
    throw new EverspanError("EVERSPAN_INVALID_OPTION", `a spool serves at most ${MAX_LANES} lanes of different names`);
  }
}

function materialised({ seq, head, blobs }: NumberedEntry): SpoolEntry {
  const found = new Map<string, Uint8Array>();
  const missing: string[] = [];
  for (const { hash, bytes } of blobs) {
    try {
      found.set(hash, typeof bytes === "function" ? bytes() : bytes);
    } catch {
      missing.push(hash);
    }
  }
  return { seq, head, blobs: found, missing };
}

function toRanges(seqs: readonly number[]): SeqRange[] {
  return seqs.map((seq) => ({ first: seq, last: seq }));
}
