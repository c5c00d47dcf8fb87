import { Deque } from "./deque.ts";
import type { CoreRecord, LaneMask, SpanSlot } from "./record.ts";

/**
 * The spans that one lane has still to send, oldest first, and how much that is. A slot whose bit is cleared has left
 * and is skipped when it comes up.
 */
export class LaneQueue<R extends CoreRecord> {
  /** Spans that stand here. */
  records = 0;
  /** What their newest records weigh. */
  bytes = 0;
  /** The time from which the oldest waits for company. */
  lingerFromMs = 0;
  readonly #bit: LaneMask;
  readonly #slots = new Deque<SpanSlot<R>>();

  constructor(bit: LaneMask) {
    this.#bit = bit;
  }

  /** Slots in the list, among them some that have left. */
  get positions(): number {
    return this.#slots.length;
  }

  /** The span at a distance from the head, if it still stands there. */
  at(position: number): SpanSlot<R> | undefined {
    const slot = this.#slots.at(position);
    return slot !== undefined && this.has(slot) ? slot : undefined;
  }

  has(slot: SpanSlot<R>): boolean {
    return (slot.queued & this.#bit) !== 0;
  }

  /** The oldest span. */
  get head(): SpanSlot<R> | undefined {
    while (this.#slots.length > 0) {
      const slot = this.#slots.at(0)!;
      if (this.has(slot)) return slot;
      this.#slots.shift();
    }
    return undefined;
  }

  push(slot: SpanSlot<R>, record: R, nowMs: number): void {
    if (this.records === 0) this.lingerFromMs = nowMs;
    slot.queued |= this.#bit;
    this.#slots.push(slot);
    this.records += 1;
    this.bytes += record.bytes;
  }

  /** A span that stands here has another newest record. */
  resize(older: R, newer: R): void {
    this.bytes += newer.bytes - older.bytes;
  }

  /** The span leaves from wherever it stands. */
  remove(slot: SpanSlot<R>): void {
    this.#clear(slot);
    if (this.#slots.at(this.#slots.length - 1) === slot) this.#slots.pop();
  }

  /** Takes the oldest span. */
  shift(): SpanSlot<R> | undefined {
    const slot = this.head;
    if (slot === undefined) return undefined;
    this.#slots.shift();
    this.#clear(slot);
    return slot;
  }

  /** Sends the oldest span back to the tail: its record is newer than its place. */
  postponeHead(): void {
    const slot = this.head;
    if (slot === undefined) return;
    this.#slots.shift();
    this.#slots.push(slot);
  }

  #clear(slot: SpanSlot<R>): void {
    slot.queued &= ~this.#bit;
    this.records -= 1;
    this.bytes -= slot.latest!.bytes;
  }
}
