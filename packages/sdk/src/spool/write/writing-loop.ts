import type { Cancel, Clock } from "../../contract/clock.ts";
import { errorCode } from "../disk/spool-fs.ts";
import { type CompleteSpoolOptions, type SpoolState, type SpoolStateChange, tell } from "../lifecycle/spool-options.ts";
import type { SpoolWriter } from "./spool-writer.ts";
import type { Watchdog } from "./watchdog.ts";

export interface WritingLoopParts {
  readonly options: CompleteSpoolOptions;
  readonly clock: Clock;
  readonly watchdog: Watchdog;
  readonly writer: SpoolWriter;
}

const PROBE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
/** After a failed sync, or when the files vanished, a new segment may work immediately; anything else gets a pause. */
const WORTH_A_SECOND_TRY = new Set(["EIO", "ENOENT", "VANISHED"]);
const SLOW_LEDGER_LIMIT = 3;

/**
 * When the writer works, and what becomes of the spool when it fails: a group is written when it is large or old enough;
 * a disk that fails twice is left alone, said to be so once, and tried again every 30 seconds.
 */
export class WritingLoop {
  /** Bytes of all segments on disk. */
  segmentBytes = 0;
  readonly #parts: WritingLoopParts;
  readonly #writer: SpoolWriter;
  readonly #clock: Clock;
  readonly #watchdog: Watchdog;
  readonly #started: Promise<void>;
  #state: SpoolState = "opening";
  #running: Promise<void> | undefined;
  #cancelCommit: Cancel | undefined;
  #cancelProbe: Cancel | undefined;
  #cancelHeartbeat: Cancel | undefined;
  #isCommitDeferred = false;
  #failures = 0;
  #slowLedgerWrites = 0;

  /** Begins to open the disk immediately. */
  constructor(parts: WritingLoopParts) {
    this.#parts = parts;
    this.#writer = parts.writer;
    this.#clock = parts.clock;
    this.#watchdog = parts.watchdog;
    this.#started = this.#start();
  }

  get state(): SpoolState {
    return this.#state;
  }

  /** Resolves once the disk is in use or was found unusable; never rejects. */
  get started(): Promise<void> {
    return this.#started;
  }

  /** Something waits, or was settled. */
  scheduleCommit(): void {
    const { groupCommitBytes, groupCommitMs } = this.#parts.options;
    if (this.#writer.waiting.bytes >= groupCommitBytes) {
      if (!this.#isCommitDeferred) this.commitSoon();
      return;
    }
    this.#cancelCommit ??= this.#clock.schedule(() => this.#commit(), groupCommitMs, false);
  }

  /** Somebody waits for it. */
  commitSoon(): void {
    this.#isCommitDeferred = true;
    this.#clock.defer(() => this.#commit());
  }

  /** See `Spool.writeLedger`. */
  writeLedger(): void {
    this.#writer.markLedgerDirty();
    if (!this.isLedgerStrict || this.#watchdog.isCallOverdue) return;
    const beganMs = this.#clock.monotonicMs();
    try {
      this.#writer.writeLedgerSync();
    } catch (error) {
      this.#fail(error);
      return;
    }
    const isSlow = this.#clock.monotonicMs() - beganMs > this.#parts.options.slowLedgerMs;
    this.#slowLedgerWrites = isSlow ? this.#slowLedgerWrites + 1 : 0;
  }

  get isLedgerStrict(): boolean {
    return this.#state === "disk" && this.#slowLedgerWrites < SLOW_LEDGER_LIMIT;
  }

  /** See `Spool.flushSync`. */
  flushSync(): boolean {
    if ((this.#state !== "disk" && this.#state !== "opening") || this.#watchdog.isCallOverdue) return false;
    try {
      this.#writer.flushSync();
      this.segmentBytes = this.#writer.segments.bytes;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Writes what waits and ends. The files are left to `SpoolWriter.close`. */
  async close(): Promise<void> {
    await this.#started;
    this.#cancelCommit?.();
    while (this.#running !== undefined) await this.#running;
    if (this.#state === "disk") await this.#run();
    this.#state = "closed";
    this.#cancelProbe?.();
    this.#cancelHeartbeat?.();
  }

  async #start(): Promise<void> {
    try {
      await this.#writer.start();
      if (this.#state === "opening") this.#state = "disk";
      this.#scheduleHeartbeat();
      if (this.#writer.hasWork) this.scheduleCommit();
    } catch (error) {
      this.#fail(error, { mayRetry: false });
    }
  }

  get #isOnDisk(): boolean {
    return this.#state === "disk";
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
    await this.#started;
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
    this.segmentBytes = this.#writer.segments.bytes;
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
    if (!this.#isOnDisk) return;
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

  #announce(change: SpoolStateChange): void {
    tell(() => this.#parts.options.onStateChange?.(change));
  }
}
