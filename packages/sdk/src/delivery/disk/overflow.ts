import type { Spool } from "../../spool/index.ts";
import { SpanSlot } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import type { OwnPlace } from "./own-place.ts";
import { RecordDecoder } from "./records/spooled-record.ts";
import type { SpoolingHost } from "./spooling-host.ts";

/** Below this part of its bounds the queue takes back what had overflowed. */
const LOW_SHARE = 0.5;
/** Most records of one reading. */
const MAX_READ = 256;
/** A record that was not found in so many readings is lost. */
const MAX_MISSES = 3;
const REST_MS = 1_000;

/**
 * Records that gave their place in memory away because they lie on disk. ENDs are read back when the queue has room;
 * STARTs stay: their ENDs say all that they said, and if none comes, the next start finds them.
 */
export class Overflow {
  /** Flushes and the shutdown wait: something is still to be read back. */
  hasBacklog = false;
  readonly #spool: Spool;
  readonly #host: SpoolingHost;
  readonly #decoder = new RecordDecoder();
  /** In the order in which they overflowed. */
  readonly #places = new Map<number, OwnPlace>();
  /** Readings in which a record was not found, by its number. */
  readonly #misses = new Map<number, number>();
  #isReading = false;
  /** What the record weighs for which there was no room when it had been read. */
  #wantedBytes = 0;
  #isResting = false;

  constructor(spool: Spool, host: SpoolingHost) {
    this.#spool = spool;
    this.#host = host;
  }

  /** A lane left the record to the disk. */
  add(place: OwnPlace): void {
    if (place.isStart) {
      // Where its END is here already, it waits behind the START.
      if (!place.isNewest) this.supersede(place);
      return;
    }
    this.#places.set(place.seq, place);
    place.record = undefined;
    this.note();
  }

  /** A START's END came: the START left disk and account as if it had been coalesced in the queue. */
  supersede(place: OwnPlace): void {
    for (const lane of this.#lanesOf(place.spilledLanes)) {
      const maybeDelivered = (place.doubtfulLanes & lane.bit) !== 0;
      lane.account.spilledWasSuperseded(maybeDelivered);
      place.spilledLanes &= ~lane.bit;
      place.settle(lane.index, "coalesced", maybeDelivered);
    }
  }

  /** The files are gone. */
  lose(place: OwnPlace): void {
    this.#places.delete(place.seq);
    this.#misses.delete(place.seq);
    for (const lane of this.#lanesOf(place.spilledLanes)) {
      const maybeDelivered = (place.doubtfulLanes & lane.bit) !== 0;
      lane.account.spilledWasLost("spool_io", maybeDelivered);
      place.spilledLanes &= ~lane.bit;
      place.settle(lane.index, "dropped", maybeDelivered);
    }
  }

  /** Looks whether there is something to read back, and room for it. */
  note(): void {
    const hadBacklog = this.hasBacklog;
    this.hasBacklog = this.#places.size > 0;
    if (hadBacklog && !this.hasBacklog) this.#host.wake();
    if (this.#places.size > 0 && !this.#isReading && !this.#isResting && this.#hasRoom) void this.#read();
  }

  get #hasRoom(): boolean {
    const { core, queue, heldBytes } = this.#host;
    if (core.isClosed || this.#spool.state !== "disk") return false;
    // One record may be larger than what is free, but only while it is alone.
    if (core.heldRecords > 0 && heldBytes() + this.#wantedBytes > queue.maxBytes) return false;
    return core.heldRecords < queue.maxRecords * LOW_SHARE && heldBytes() < queue.maxBytes * LOW_SHARE;
  }

  async #read(): Promise<void> {
    const wanted = this.#wanted();
    if (wanted.length === 0) return;
    this.#isReading = true;
    const missing = new Set(wanted);
    let isCut = false;
    for await (const { seq, head, blobs } of this.#spool.read(wanted)) {
      const place = this.#places.get(seq);
      const record = this.#decoder.decode(head, blobs);
      if (place === undefined || record === undefined) continue;
      missing.delete(seq);
      this.#wantedBytes = record.bytes;
      isCut = !this.#hasRoom;
      if (isCut) break;
      this.#wantedBytes = 0;
      this.#restore(place, record);
    }
    // What was asked for and did not come is lost, unless the reading was cut short or the disk is away for now.
    if (!isCut && this.#spool.state === "disk") for (const seq of missing) this.#miss(seq);
    this.#isReading = false;
    this.#host.wake();
    this.note();
  }

  /** The oldest that may come back, as many as there is room for. */
  #wanted(): number[] {
    const { core, queue } = this.#host;
    const room = Math.max(1, Math.floor(queue.maxRecords * LOW_SHARE - core.heldRecords));
    const wanted: number[] = [];
    for (const [seq, place] of this.#places) {
      if (wanted.length >= Math.min(room, MAX_READ)) break;
      if (!place.isBehindOlder) wanted.push(seq);
    }
    return wanted;
  }

  #restore(place: OwnPlace, record: SpanRecord): void {
    const { core, clock } = this.#host;
    const lanes = place.spilledLanes;
    this.#places.delete(place.seq);
    this.#misses.delete(place.seq);
    place.spilledLanes = 0;
    place.record = record;
    record.onDisk = place;
    const slot = new SpanSlot<SpanRecord>();
    slot.ambiguous = place.doubtfulLanes & lanes;
    core.restore(slot, record, lanes, "spool", clock.monotonicMs());
  }

  /** A file that can't be opened now (too many are open) may be opened in a second. */
  #miss(seq: number): void {
    const place = this.#places.get(seq);
    if (place === undefined) return;
    const misses = (this.#misses.get(seq) ?? 0) + 1;
    this.#misses.set(seq, misses);
    if (misses >= MAX_MISSES) this.lose(place);
    else this.#rest();
  }

  #rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    const wake = () => {
      this.#isResting = false;
      this.note();
    };
    this.#host.clock.schedule(wake, REST_MS, false);
  }

  #lanesOf(mask: number) {
    return this.#host.core.lanes.filter(({ bit }) => (mask & bit) !== 0);
  }
}
