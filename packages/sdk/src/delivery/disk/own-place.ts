import { STARTED } from "@everspan/protocol";
import type { EndedAs } from "../core/index.ts";
import type { DiskPlace } from "../record/disk-place.ts";
import type { SpanRecord } from "../record/span-record.ts";

/** What a place tells the spooler that made it. */
export interface PlaceKeeper {
  /** Whether what the spool accepted will reach the disk, as far as is known. */
  readonly isDiskInUse: boolean;
  /** Whether it may have been delivered in the lane is another than before. */
  doubted(place: OwnPlace, lane: number): void;
  /** The lane is done with a record that may have been delivered, and dropped or coalesced it. */
  endedInDoubt(lane: number): void;
  released(place: OwnPlace, lane: number, as: EndedAs): void;
  spilled(place: OwnPlace): void;
}

/**
 * A record's place in this process's spool. A lane may be done with a record that the disk still needs:
 *
 * - Recovery detects an open span by its START. So unless it was dropped, a START stays on disk until its END is there,
 *   or the lane is done with the END: a span whose START was delivered or coalesced, and whose END never reached the
 *   disk, is still found.
 * - Anything else is released when the lane is done with it.
 */
export class OwnPlace implements DiskPlace {
  /** Its number in the spool; 0 before it has one. */
  seq = 0;
  /** Survives the process. */
  isSpooled = false;
  /** What it counts for among those that wait for a number: see `Intake`. */
  waitingBytes = 0;
  /** The record, while memory holds it. */
  record: SpanRecord | undefined;
  /** The revision before it of its span, while that one is not released everywhere. */
  older: OwnPlace | undefined;
  /** Lanes that gave its place in memory away and will read it back. */
  spilledLanes = 0;
  doubtfulLanes = 0;
  cleanUnder: object | undefined = undefined;
  readonly #keeper: PlaceKeeper;
  /** Its END says all that it says, and will come. */
  isStart: boolean;
  readonly #allLanes: number;
  #newer: OwnPlace | undefined;
  #settledLanes = 0;
  #coalescedLanes = 0;
  #droppedLanes = 0;
  #releasedLanes = 0;

  constructor(keeper: PlaceKeeper, record: SpanRecord | undefined, older: OwnPlace | undefined, allLanes: number) {
    this.#keeper = keeper;
    this.record = record;
    this.isStart = record?.phase === "started" && record.revision === STARTED;
    this.#allLanes = allLanes;
    this.older = older;
    if (older !== undefined) older.#newer = this;
  }

  /** Nothing has happened to the record since it was offered. */
  get isUntouched(): boolean {
    return this.seq === 0 && this.older === undefined && this.#settledLanes === 0 && this.doubtfulLanes === 0;
  }

  /** The record became the END of its span where it was. What a policy found in it before says nothing any more. */
  revised(): void {
    this.isStart &&= this.record?.phase === "started";
    this.cleanUnder = undefined;
  }

  /** What is written stays, also while the disk takes nothing new. */
  get isKept(): boolean {
    return this.seq > 0 && (this.isSpooled || this.#keeper.isDiskInUse);
  }

  /** Lanes for which it has to be on disk. */
  get openLanes(): number {
    return this.#allLanes & ~this.#releasedLanes;
  }

  /** Some lane needs it on disk, where neither it nor the revision after it is on its way. */
  get isUnwritten(): boolean {
    return this.seq === 0 && this.openLanes !== 0 && (this.#newer === undefined || this.#newer.seq === 0);
  }

  /** A START whose END is here, and that no lane waits for: nothing is gained by writing it. */
  get isSuperseded(): boolean {
    return this.#newer !== undefined && this.#settledLanes === this.#allLanes;
  }

  /** No newer revision of its span may lie before it on disk: recovery would take a START that follows its END for open. */
  get isNewest(): boolean {
    return this.#newer === undefined;
  }

  /** An older revision is still on its way in a lane that will read this one back: it may not be overtaken. */
  get isBehindOlder(): boolean {
    for (let { older } = this; older !== undefined; older = older.older) {
      if ((this.spilledLanes & ~older.spilledLanes & ~older.#settledLanes) !== 0) return true;
    }
    return false;
  }

  /**
   * Its START lies on disk, or may yet: should the process die before this END is on disk too, the next start would call
   * the span interrupted, whatever a back end has of it by then.
   */
  get followsKeptStart(): boolean {
    for (let { older } = this; older !== undefined; older = older.older) {
      if (older.isStart && (older.seq > 0 || !older.isSuperseded)) return true;
    }
    return false;
  }

  doubt(lane: number, isInDoubt: boolean): void {
    const bit = 1 << lane;
    if (((this.doubtfulLanes & bit) !== 0) === isInDoubt) return;
    this.doubtfulLanes ^= bit;
    this.#keeper.doubted(this, lane);
  }

  settle(lane: number, as: EndedAs, maybeDelivered: boolean): void {
    const bit = 1 << lane;
    this.doubt(lane, false);
    if (maybeDelivered) this.#keeper.endedInDoubt(lane);
    this.#settledLanes |= bit;
    if (as === "coalesced") this.#coalescedLanes |= bit;
    if (as === "dropped") this.#droppedLanes |= bit;
    if (this.#mayLeave(bit)) this.#release(lane);
    this.older?.releaseSettled();
  }

  spill(lane: number, isFinal: boolean): void {
    if (isFinal) return;
    this.spilledLanes |= 1 << lane;
    this.#keeper.spilled(this);
  }

  spooled(): void {
    this.isSpooled = true;
    this.older?.releaseSettled();
  }

  /** Leaves every lane that is done with it, where it is needed no longer. */
  releaseSettled(isForced = false): void {
    for (let lane = 0; this.#allLanes >>> lane !== 0; lane += 1) {
      const bit = 1 << lane;
      const isDone = (this.#settledLanes & ~this.#releasedLanes & bit) !== 0;
      if (isDone && (isForced || this.#mayLeave(bit))) this.#release(lane);
    }
  }

  #mayLeave(bit: number): boolean {
    if (!this.isStart || (this.#droppedLanes & bit) !== 0) return true;
    return this.#newer !== undefined && (this.#newer.isSpooled || (this.#newer.#settledLanes & bit) !== 0);
  }

  #release(lane: number): void {
    const bit = 1 << lane;
    if ((this.#releasedLanes & bit) !== 0) return;
    this.#releasedLanes |= bit;
    const dropped = (this.#droppedLanes & bit) !== 0;
    this.#keeper.released(
      this,
      lane,
      dropped ? "dropped" : (this.#coalescedLanes & bit) !== 0 ? "coalesced" : "delivered",
    );
    if (this.openLanes !== 0) return;
    this.record = undefined;
    if (this.#newer?.older === this) this.#newer.older = undefined;
  }
}

/** How long a record waits at most to be on disk before it leaves. */
export const SAFETY_WAIT_MS = 100;

/** The record's place, where it must be on disk before the record leaves. */
export function unsafePlace({ phase, onDisk }: SpanRecord): readonly OwnPlace[] {
  if (!(onDisk instanceof OwnPlace) || onDisk.isSpooled) return [];
  return phase === "ended" && !onDisk.followsKeptStart ? [] : [onDisk];
}
