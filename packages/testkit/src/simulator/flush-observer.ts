import type { Mark } from "./marks.ts";
import type { SimDisk } from "./sim-disk.ts";
import type { SimMemory } from "./sim-record.ts";
import { must } from "./violation.ts";

interface Flush {
  readonly deadlineMs: number;
  /** What it waits for, as far as it is still held. */
  readonly awaits: Set<number>;
  /** What it may wait for as well: it went to disk meanwhile. */
  readonly mayAwait: Set<number>;
}

/** The flushes that wait, and whether each is answered once, in time, and neither too early nor in vain: I8. */
export class FlushObserver {
  readonly #memory: SimMemory;
  readonly #disk: SimDisk | undefined;
  readonly #mark: (mark: Mark) => void;
  readonly #waiting = new Map<number, Flush>();
  #lastId = 0;

  constructor(memory: SimMemory, disk: SimDisk | undefined, mark: (mark: Mark) => void) {
    this.#memory = memory;
    this.#disk = disk;
    this.#mark = mark;
  }

  /** A flush begins; answers its number. */
  begin(deadlineMs: number): number {
    this.#lastId += 1;
    const awaits = new Set([...this.#memory.held].map(({ offer }) => offer.serial));
    for (const serial of this.#disk?.readBack.backlog ?? []) awaits.add(serial);
    this.#waiting.set(this.#lastId, { deadlineMs, awaits, mayAwait: new Set(awaits) });
    if (this.#waiting.size > 2) this.#mark("several flushes waited at the same time");
    return this.#lastId;
  }

  end(flushId: number, timedOut: boolean, closes: boolean): void {
    const flush = this.#waiting.get(flushId);
    must(flush !== undefined, "I8", () => `flush ${flushId} was answered twice`);
    this.#waiting.delete(flushId);
    // What a shutdown cut short is counted, and with it every flush is over.
    must(timedOut || closes || !this.#isHeld(flush.awaits), "I8", () => `flush ${flushId} ended too early`);
    must(!timedOut || closes || this.#isHeld(flush.mayAwait), "I8", () => `flush ${flushId} did not see its end`);
    if (this.#disk?.hasBacklog && timedOut) this.#mark("a flush waited for what lay on disk");
    if (timedOut) this.#mark("a flush ran out of time");
    if (closes) this.#mark("a flush was cut by a shutdown");
  }

  /** All that wait have one more record to wait for. */
  mustAwait(serial: number): void {
    for (const { awaits } of this.#waiting.values()) awaits.add(serial);
    this.mayAwait(serial);
  }

  /** They may wait for it, although it was perhaps offered after they began. */
  mayAwait(serial: number): void {
    for (const { mayAwait } of this.#waiting.values()) mayAwait.add(serial);
  }

  /** Something of it is in memory, or will be again. */
  #isHeld(serials: ReadonlySet<number>): boolean {
    if (this.#disk?.hasBacklog) return true;
    for (const { offer } of this.#memory.held) if (serials.has(offer.serial)) return true;
    return false;
  }

  checkDeadlines(nowMs: number, graceMs: number): void {
    for (const [flushId, { deadlineMs }] of this.#waiting) {
      must(nowMs <= deadlineMs + graceMs, "I8", () => `flush ${flushId} is overdue`);
    }
  }

  checkAllAnswered(): void {
    must(this.#waiting.size === 0, "I8", () => `${this.#waiting.size} flushes were forgotten`);
  }
}
