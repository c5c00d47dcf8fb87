import type { EndedAs, RevisionDisk } from "../core/index.ts";
import type { SpanRecord } from "../span-record.ts";
import type { Spooler } from "./spooler.ts";

/**
 * The spool as the pipeline sees it. Its code is loaded when a spool is asked for: until it is there, what happens to
 * records is noted, in order, and told then.
 */
export class LateDisk implements RevisionDisk<SpanRecord> {
  #spooler: Spooler | undefined;
  #noted: ((spooler: Spooler) => void)[] | undefined = [];

  get mode(): "memory" | "spool" {
    return this.#spooler?.mode ?? (this.#noted === undefined ? "memory" : "spool");
  }

  get isLoading(): boolean {
    return this.#noted !== undefined;
  }

  get spooler(): Spooler | undefined {
    return this.#spooler;
  }

  arrived(spooler: Spooler): void {
    for (const tell of this.#noted ?? []) tell(spooler);
    this.#noted = undefined;
    this.#spooler = spooler;
  }

  /** There will be no spool. */
  giveUp(): void {
    this.#noted = undefined;
  }

  /** A record is about to be offered; `older` is the revision of its span that was offered before. */
  admit(record: SpanRecord, older: SpanRecord | undefined): void {
    if (this.#spooler !== undefined) this.#spooler.admit(record, older);
    else this.#noted?.push((spooler) => spooler.admit(record, older));
  }

  countLost(): void {
    if (this.#spooler !== undefined) this.#spooler.countLost();
    else this.#noted?.push((spooler) => spooler.countLost());
  }

  get isFull(): boolean {
    return this.#spooler?.isFull === true;
  }

  keeps(record: SpanRecord): boolean {
    return record.onDisk?.isKept === true;
  }

  settled(lane: number, record: SpanRecord, as: EndedAs): void {
    if (this.#spooler !== undefined) record.onDisk?.settle(lane, as);
    else this.#noted?.push(() => record.onDisk?.settle(lane, as));
  }

  spilled(lane: number, record: SpanRecord, isFinal: boolean): void {
    record.onDisk?.spill(lane, isFinal);
  }
}
