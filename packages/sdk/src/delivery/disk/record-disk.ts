import { captureError } from "../../capture/index.ts";
import type { CoreDisk, EndedAs } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { onExitBeforeLoading } from "./load-at-exit.ts";
import type { OwnPlace } from "./own-place.ts";
import type { Spooler } from "./spooler.ts";
import type { SpoolingHost, SpoolingOptions } from "./spooling-host.ts";

/**
 * The disk as the pipeline and the core see it: the one way to it. The spool's code is loaded only where a spool is
 * asked for; until it is there, records wait in memory, and what happens to them is noted, in order, and told then.
 */
export class RecordDisk implements CoreDisk<SpanRecord> {
  #spooler: Spooler | undefined;
  /** Undefined once the spool is there, or will never be. */
  #noted: ((spooler: Spooler) => void)[] | undefined = [];
  #loaded: Promise<void> = Promise.resolve();

  /** Loads the spool's code, opens the spool and begins to adopt what dead processes left. Call it once. */
  load(options: SpoolingOptions, host: SpoolingHost): void {
    this.#loaded = this.#load(options, host);
  }

  async #load(options: SpoolingOptions, host: SpoolingHost): Promise<void> {
    const open = (Made: typeof Spooler) => {
      const spooler = new Made(options, host);
      for (const tell of this.#noted ?? []) tell(spooler);
      this.#noted = undefined;
      this.#spooler = spooler;
      return spooler;
    };
    const exit = onExitBeforeLoading((Made) => open(Made).writeNow());
    try {
      const { Spooler: Made } = await import("./spooler.ts");
      exit.noLonger();
      void open(Made).recover();
    } catch (error) {
      exit.noLonger();
      this.#noted = undefined;
      host.wake();
      host.diagnostics.warn("spool", `no spool: ${captureError(error).message}`, host.clock.monotonicMs());
    }
  }

  get isLoading(): boolean {
    return this.#noted !== undefined;
  }

  /** Resolves once the spool is there, or will never be. Never rejects. */
  get whenLoaded(): Promise<void> {
    return this.#loaded;
  }

  get mode(): "memory" | "spool" {
    return this.#spooler?.mode ?? (this.isLoading ? "spool" : "memory");
  }

  // ---- What happens to records

  /** A record is about to be offered; `older` is the record of its span that was offered before. */
  admit(record: SpanRecord, older: SpanRecord | undefined): void {
    this.#tell((spooler) => spooler.admit(record, older));
  }

  /** Whether a record may become the next revision of its span where it stands. Then tell `revised`. */
  mayRevise(record: SpanRecord): boolean {
    return this.#spooler !== undefined && record.onDisk?.isUntouched === true;
  }

  revised(record: SpanRecord): void {
    this.#spooler?.revised(record.onDisk as OwnPlace);
  }

  /** The account has changed by records that were not offered: so many of them were dropped. */
  countOther(dropped: number): void {
    this.#tell((spooler) => spooler.countOther(dropped));
  }

  doubted(laneIndex: number, record: SpanRecord, isInDoubt: boolean): void {
    this.#tell(() => record.onDisk?.doubt(laneIndex, isInDoubt));
  }

  settled(laneIndex: number, record: SpanRecord, as: EndedAs, maybeDelivered: boolean): void {
    this.#tell(() => record.onDisk?.settle(laneIndex, as, maybeDelivered));
  }

  spilled(laneIndex: number, record: SpanRecord, isFinal: boolean): void {
    record.onDisk?.spill(laneIndex, isFinal);
  }

  #tell(event: (spooler: Spooler) => void): void {
    if (this.#spooler !== undefined) event(this.#spooler);
    else this.#noted?.push(event);
  }

  // ---- What the core asks

  keeps(record: SpanRecord): boolean {
    return record.onDisk?.isKept === true;
  }

  get isFull(): boolean {
    return this.#spooler?.isFull === true;
  }

  get hasBacklog(): boolean {
    return this.isLoading || this.#spooler?.hasBacklog === true;
  }

  // ---- What the pipeline asks

  /** The core has made a step: there may be room for what lies on disk. */
  noteRoom(): void {
    this.#spooler?.noteRoom();
  }

  /** Gives everything that waits to the spool, within this turn: what has a number by then stays on disk. */
  encodeAll(): void {
    this.#spooler?.encodeAll();
  }

  /** Waits until no crash could contradict these records once they are sent. Undefined when there is no need. */
  whenSafeToSend(records: readonly SpanRecord[]): Promise<unknown> | undefined {
    return this.#spooler?.whenSafeToSend(records);
  }

  /** True once everything offered before is as safe as asked for; false when the disk is away or full, or time is up. */
  async reach(level: "spooled" | "synced", deadlineMs: number): Promise<boolean> {
    await this.#loaded;
    return (await this.#spooler?.reach(level, deadlineMs)) ?? false;
  }

  /** Writes what waits, and leaves what is pending to the next start. Waits no longer than this. */
  async close(timeoutMs: number): Promise<void> {
    await this.#spooler?.close(timeoutMs);
  }
}
