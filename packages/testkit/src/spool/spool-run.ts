import { type ProcessTable, Spool, type SpoolBlob, type SpoolOptions, type SpoolStateChange } from "everspan/internals";
import { ManualClock } from "../manual-clock.ts";
import { SimulatedDisk } from "../simulated-disk.ts";
import { planted } from "./planted.ts";

/** What a run appended, to be compared with what a recovery finds. */
export interface AppendedTruth {
  readonly text: string;
  readonly blobs: readonly string[];
}

export interface SettledTruth {
  readonly lane: string;
  readonly seq: number;
  /** Place in the disk's log at which the lane said so. */
  readonly at: number;
}

export const SPOOL_DIRECTORY = "/var/spool";
export const FOREIGN_FILE = `${SPOOL_DIRECTORY}/somebody-elses.txt`;
export const RUN_LANES = ["sgp", "otlp"];

const BOOT = "boot-1";

/** Processes as the test decides: `alive` are the ids that run. */
export function processTable(pid: number, alive: () => readonly number[], bootId = BOOT): ProcessTable {
  return {
    self: () => ({ pid, startTicks: String(pid * 10), bootId, pidNamespace: "pid:[1]", host: "host" }),
    isRunning: (other) => alive().includes(other),
    hasThreadEnded: () => false,
    startTicksOf: (other) => (alive().includes(other) ? String(other * 10) : undefined),
  };
}

/** One process life on a simulated disk, with everything that it did and was promised. */
export class SpoolRun {
  readonly clock = new ManualClock();
  readonly disk: SimulatedDisk;
  readonly spool: Spool;
  readonly appended = new Map<number, AppendedTruth>();
  readonly settled: SettledTruth[] = [];
  readonly changes: SpoolStateChange[] = [];
  readonly #blobs = new Map<string, SpoolBlob>();
  /** Places in the log, with the number of records that the ledger counted as pending per lane. */
  readonly ledgers: { readonly at: number; readonly captured: number; readonly settled: number }[] = [];
  refused = 0;

  constructor(options: Partial<SpoolOptions> = {}, disk?: SimulatedDisk) {
    this.disk = disk ?? preparedDisk(this.clock);
    this.spool = Spool.open({
      directory: SPOOL_DIRECTORY,
      lanes: RUN_LANES,
      durability: "power",
      fs: planted.fs(this.disk),
      clock: this.clock,
      processes: planted.processes(processTable(1, () => [1])),
      onWatermark: ({ spooled, synced }) => {
        this.disk.mark("spooled", spooled);
        this.disk.mark("synced", synced);
      },
      onStateChange: (change) => this.changes.push(change),
      ...options,
    });
  }

  /** Waits until the disk is in use, so that what follows begins from the same place. */
  async opened(): Promise<this> {
    await this.spool.opened;
    return this;
  }

  /** Equal texts are one blob; what they name is in `namedBy`. */
  append(text: string, blobTexts: readonly string[] = []): number {
    const blobs = blobTexts.map((blob) => this.#blob(blob));
    const seq = this.spool.append({ head: Buffer.from(text), blobs });
    if (seq < 0) this.refused += 1;
    else this.appended.set(seq, { text, blobs: blobTexts });
    this.writeLedger();
    return seq;
  }

  settle(lane: string, seq: number): void {
    if (this.settled.some((settled) => settled.lane === lane && settled.seq === seq)) return;
    this.settled.push({ lane, seq, at: this.disk.log.length });
    this.spool.settle(lane, seq);
    this.writeLedger();
  }

  writeLedger(): void {
    this.spool.writeLedger();
    this.ledgers.push({ at: this.disk.log.length, captured: this.appended.size, settled: this.settled.length });
  }

  /** Lets the group that waits be written. */
  async commit(): Promise<void> {
    await this.clock.advance(25);
  }

  #blob(text: string): SpoolBlob {
    const known = this.#blobs.get(text);
    if (known !== undefined) return known;
    const blobs = namedBy(text).map((named) => this.#blob(named));
    const made = { byteLength: text.length, bytes: () => Buffer.from(text), blobs };
    this.#blobs.set(text, made);
    return made;
  }

  isSettled(lane: string, seq: number, at: number): boolean {
    return this.settled.some((settled) => settled.lane === lane && settled.seq === seq && settled.at <= at);
  }
}

/** The spool directory is there, and somebody else's file in it. */
export function preparedDisk(clock: ManualClock): SimulatedDisk {
  const disk = new SimulatedDisk(clock);
  disk.sync.mkdir("/var");
  disk.sync.mkdir(SPOOL_DIRECTORY);
  disk.sync.open(FOREIGN_FILE, "create");
  return disk.imageAt(disk.log.length);
}

/** What a blob of this text names: `a > b > c` names `b > c`. */
export function namedBy(text: string): string[] {
  const at = text.indexOf(" > ");
  return at < 0 ? [] : [text.slice(at + 3)];
}
