import { inBackground } from "../../contract/in-background.ts";
import type { OwnPlace } from "./own-place.ts";

/** The spool's end of the intake. */
export interface IntakeTarget {
  /** False while the disk takes nothing, or has enough to write for now. */
  readonly takes: boolean;
  /** Encodes a record and gives it to the spool. False when there is no room for it on disk. */
  append(place: OwnPlace): boolean;
}

/** Below this the list is not worth a search for what nobody needs any more. */
const MIN_COMPACTION = 8192;

interface Waiter {
  /** What it waits for: still without a number, and needed. */
  places: OwnPlace[];
  readonly resolve: (areTaken: boolean) => void;
}

/**
 * Records that have no number in the spool yet, in the order in which they came. Nothing leaves it because the disk is
 * away or full: what some lane still needs by then is written when the disk takes it again.
 */
export class Intake {
  readonly #target: IntakeTarget;
  #waiting: OwnPlace[] = [];
  /** For these there was no room; they are tried again when `roomMade` says so. */
  #refused: OwnPlace[] = [];
  #bytes = 0;
  #compactAt = MIN_COMPACTION;
  #waiters: Waiter[] = [];

  constructor(target: IntakeTarget) {
    this.#target = target;
  }

  /** Estimated bytes of what waits and is still needed. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Entries of the list, among them some that nobody needs any more. */
  get length(): number {
    return this.#waiting.length;
  }

  get hasRefused(): boolean {
    return this.#refused.some(({ isUnwritten }) => isUnwritten);
  }

  /** @param bytes estimated; what its span's older revision counted for is counted no longer, since an END says it too */
  push(place: OwnPlace, bytes: number): void {
    this.#waiting.push(place);
    if (place.older !== undefined) this.forget(place.older);
    place.waitingBytes = bytes;
    this.#bytes += bytes;
    // A loop that never lets the event loop turn must not fill the list with what the queue has long dropped.
    if (this.#waiting.length >= this.#compactAt) this.#compact();
  }

  /** What waits became another revision of its span. */
  reweigh(place: OwnPlace): void {
    // For which there was no room counts for nothing.
    if (place.waitingBytes === 0 || place.record === undefined) return;
    this.#bytes += place.record.bytes - place.waitingBytes;
    place.waitingBytes = place.record.bytes;
  }

  /** It has a number, or nobody needs it on disk any more. */
  forget(place: OwnPlace): void {
    this.#bytes -= place.waitingBytes;
    place.waitingBytes = 0;
  }

  /** Hands over what waits, while the spool takes it. */
  drainWhile(mayGoOn: () => boolean): void {
    inBackground(() => this.#drainWhile(mayGoOn));
  }

  #drainWhile(mayGoOn: () => boolean): void {
    let done = 0;
    while (done < this.#waiting.length && this.#target.takes && mayGoOn()) {
      const place = this.#waiting[done]!;
      if (!this.#target.append(place) && place.isUnwritten) {
        if (!this.#target.takes) break;
        this.#refused.push(place);
      }
      this.forget(place);
      done += 1;
    }
    this.#waiting = done === this.#waiting.length ? [] : this.#waiting.slice(done);
    this.#tellWaiters();
  }

  /** There is more room on disk than when the last record was refused. True when something waits for it. */
  retryRefused(): boolean {
    const refused = this.#refused.filter(({ isUnwritten }) => isUnwritten);
    this.#refused = [];
    if (refused.length === 0) return false;
    this.#waiting = [...refused, ...this.#waiting];
    return true;
  }

  /**
   * Resolves with true once everything that waits now has a number or is needed no longer; with false as soon as there
   * is no room for some of it.
   */
  whenTaken(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiters.push({ places: [...this.#refused, ...this.#waiting], resolve });
      this.#tellWaiters();
    });
  }

  #tellWaiters(): void {
    if (this.#waiters.length === 0) return;
    const refused = new Set(this.#refused);
    this.#waiters = this.#waiters.filter((waiter) => {
      waiter.places = waiter.places.filter(({ isUnwritten }) => isUnwritten);
      const isRefused = waiter.places.some((place) => refused.has(place));
      if (waiter.places.length > 0 && !isRefused) return true;
      waiter.resolve(!isRefused);
      return false;
    });
  }

  #compact(): void {
    this.#waiting = this.#waiting.filter((place) => {
      if (!place.isUnwritten) this.forget(place);
      return place.isUnwritten;
    });
    this.#compactAt = Math.max(MIN_COMPACTION, 2 * this.#waiting.length);
  }
}
