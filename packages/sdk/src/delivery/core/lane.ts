import type { LaneState } from "../../contract/account.ts";
import type { LaneConfig } from "../../contract/lane-options.ts";
import type { DropReason, LedgerView } from "../../contract/ledger.ts";
import type { Batch } from "./batch.ts";
import { BatchTiming } from "./batch-timing.ts";
import { DiskAccount } from "./disk-account.ts";
import { Expiry } from "./expiry.ts";
import type { SharedByLanes } from "./lane-account.ts";
import { LaneQueue } from "./lane-queue.ts";
import type { CoreRecord, LaneMask, SpanSlot } from "./record.ts";

/** What of a lane is in batches, as the lane asks it; `LaneBatches`, whose code is loaded when the first one is due. */
export interface InBatches<R extends CoreRecord> {
  /** Whether another request may begin, as soon as the backoff is over. */
  readonly mayBegin: boolean;
  /** Nothing is sent before. */
  readonly notBeforeMs: number;
  /** One request finds out whether the back end is well again. */
  readonly isProbing: boolean;
  /** When the first attempt in flight is overdue; Infinity when there is none. */
  readonly nextDeadlineMs: number;
  /** When the oldest record that is to be tried again was offered; Infinity when there is none. */
  readonly oldestOfferedMs: number;
  /** When a batch may be tried again, but for the backoff. */
  retryDueMs(nowMs: number): number;
  /** The next batch to send now, moved into flight; undefined when there is none. */
  next(nowMs: number, isUrgent: boolean, latestDeadlineMs: number): Batch<R> | undefined;
  /** Batches in flight whose time is up. */
  overdue(nowMs: number): Batch<R>[];
  /** Drops what has been tried for too long. */
  expire(nowMs: number): void;
  /** Drops a record that is to be tried again and that no other lane holds, or leaves it to the disk. False when there is none. */
  evict(reason: DropReason, nowMs: number): boolean;
  /** Everything is dropped, but for what the disk keeps. Returns the batches whose attempts are to be aborted. */
  abandon(reason: DropReason, nowMs: number): Batch<R>[];
  forgiveStall(forMs: number, nowMs: number): void;
}

/**
 * One exporter's lane. It shares records with the other lanes but never waits for them. A record that the lane has not
 * settled is in exactly one of these places:
 *
 *               offer, restore
 *                     |          a batch holds an older record of the span
 *                     +---------------------------------------------+
 *                     v                                             v
 *                 +-------+        that one is settled         +---------+
 *        +------->| queue |<-----------------------------------| waiting |
 *        |        +-------+                                    +---------+
 *        |            | a batch is due
 *        |            v                      busy, split
 *        |     +-----------+ --------------------------------> +---------+
 *        |     | in flight |                                   | retries |
 *        |     +-----------+ <-------------------------------- +---------+
 *        |            |                tried again
 *        |            | answered
 *        |            v
 *        |     delivered | dropped              coalesced: a newer record of the span took its place
 *        |
 *        |     +---------+     from each place: evicted, expired or left over at shutdown, and the disk keeps it
 *        +-----| spooled |<-- (without a disk: dropped)
 *      restore +---------+
 *
 * Queue: bit in `slot.queued`. Retries and in flight: bit in `slot.batched`. Waiting: bit in `slot.waiting`. The ledger
 * counts queue, waiting and retries as `queued`. Each method is one transition, of which the account is kept in the same
 * turn. Queue and waiting are here, retries and in flight in `lane-batches.ts`.
 */
export class Lane<R extends CoreRecord> {
  readonly index: number;
  readonly bit: LaneMask;
  readonly config: LaneConfig;
  /** Moves the ledger: for what happens to records outside of this lane's places, too. */
  readonly account: DiskAccount<R>;
  /** For those who only read. */
  readonly ledger: LedgerView;
  readonly queue: LaneQueue<R>;
  readonly requests = { begun: 0, begunAgain: 0, splits: 0 };
  /** Undefined until the code that sends is there. */
  batches: InBatches<R> | undefined = undefined;
  state: LaneState = "running";
  lastError: string | undefined = undefined;

  readonly #timing: BatchTiming<R>;
  readonly #expiry: Expiry;
  readonly #shared: SharedByLanes<R>;

  constructor(index: number, config: LaneConfig, shared: SharedByLanes<R>) {
    this.index = index;
    this.bit = 1 << index;
    this.config = config;
    this.#shared = shared;
    this.account = new DiskAccount(index, shared);
    this.ledger = this.account.ledger;
    this.queue = new LaneQueue(this.bit);
    this.#timing = new BatchTiming(this.queue, config.batch);
    this.#expiry = new Expiry(config.delivery);
    if (config.disabled) this.state = "closed";
  }

  // ---- What comes in

  /** A record is offered: it is counted, and refused for good when the lane takes nothing more. */
  arrive(record: R, origin: "created" | "recovered", isRefused: boolean): void {
    this.account.arrived(origin);
    if (isRefused) this.account.refused(record, this.config.disabled ? "disabled" : "shutdown");
  }

  /** Takes a span's newest record. `older` is what `slot.latest` was until now. */
  accept(slot: SpanSlot<R>, record: R, older: R | undefined, nowMs: number): void {
    if (this.queue.has(slot)) {
      this.queue.resize(older!, record);
      this.account.coalesced(older!, this.takeDoubt(slot));
    } else if ((slot.waiting & this.bit) !== 0) {
      this.account.coalesced(older!, false);
    } else if ((slot.batched & this.bit) !== 0) {
      slot.waiting |= this.bit;
    } else {
      this.queue.push(slot, record, nowMs);
    }
    this.account.accepted(record);
  }

  // ---- What has no room

  /**
   * Takes the newest record of a span back out of the queue: it stays pending where the disk keeps it, else it is
   * dropped. True when it is dropped.
   */
  evict(slot: SpanSlot<R>, reason: DropReason): boolean {
    const record = slot.latest!;
    const isQueued = this.queue.has(slot);
    if (!this.#unqueue(slot)) return false;
    const isKept = this.isKept(record);
    if (isKept) this.account.spilled(record, false);
    // Of a record that waits behind an older one the doubt is the older one's.
    else this.account.dropped(record, reason, isQueued && this.takeDoubt(slot));
    return !isKept;
  }

  /** The queue's claim passes to a copy without payloads. */
  shedQueued(record: R, shed: R): void {
    this.queue.resize(record, shed);
    this.account.shed(record, shed);
  }

  #unqueue(slot: SpanSlot<R>): boolean {
    if (this.queue.has(slot)) this.queue.remove(slot);
    else if ((slot.waiting & this.bit) !== 0) slot.waiting &= ~this.bit;
    else return false;
    return true;
  }

  /** Drops what has been tried for too long. Returns how many. */
  expire(nowMs: number): number {
    const before = this.ledger.dropped.delivery_timeout;
    for (let slot = this.queue.head; slot !== undefined; slot = this.queue.head) {
      if (!this.isExpired(slot.latest!, nowMs)) break;
      this.evict(slot, "delivery_timeout");
    }
    this.batches?.expire(nowMs);
    return this.ledger.dropped.delivery_timeout - before;
  }

  isExpired(record: R, nowMs: number): boolean {
    return this.state !== "paused" && nowMs >= this.#expiry.expiryMs(record.offeredAtMs);
  }

  isKept(record: R): boolean {
    return this.#shared.disk?.keeps(record) === true;
  }

  /** Whether an attempt without an answer may have delivered the span's record; asked when it leaves. */
  takeDoubt(slot: SpanSlot<R>): boolean {
    const isDoubtful = (slot.ambiguous & this.bit) !== 0;
    slot.ambiguous &= ~this.bit;
    return isDoubtful;
  }

  // ---- What goes out

  maySend(nowMs: number): boolean {
    return this.state !== "closed" && nowMs >= this.#notBeforeMs && this.batches?.mayBegin !== false;
  }

  /** Whether a batch of the queue is to be sent now. */
  isDue(nowMs: number, isUrgent: boolean): boolean {
    return this.maySend(nowMs) && this.#timing.dueMs(nowMs, isUrgent) <= nowMs;
  }

  get #notBeforeMs(): number {
    return this.batches === undefined ? this.#shared.sendsFromMs : this.batches.notBeforeMs;
  }

  get isPressed(): boolean {
    const { records, bytes } = this.#shared.pressed;
    return this.queue.records > records || this.queue.bytes > bytes;
  }

  enter(state: LaneState, nowMs: number): void {
    if (this.state === "closed") return;
    if (this.state === "paused" && state !== "paused") this.#expiry.pauseOver(nowMs);
    this.state = state;
  }

  // ---- Endings

  /** Everything still here is dropped, but for what the disk keeps. Returns the batches whose attempts are to be aborted. */
  abandon(reason: DropReason, nowMs: number): Batch<R>[] {
    const aborted = this.batches?.abandon(reason, nowMs) ?? [];
    for (let slot = this.queue.head; slot !== undefined; slot = this.queue.head) {
      if (!this.isKept(slot.latest!)) this.evict(slot, reason);
      else if (this.#unqueue(slot)) this.account.spilled(slot.latest!, true);
    }
    return aborted;
  }

  // ---- Clocks

  /** The process stood still: requests and records have at least as much time from now as it took from them. */
  forgiveStall(forMs: number, nowMs: number): void {
    this.batches?.forgiveStall(forMs, nowMs);
    this.#expiry.forgiveStall(forMs, nowMs);
  }

  /** When this lane next has something to do without being asked. */
  wakeAtMs(nowMs: number, isUrgent: boolean): number {
    const { batches } = this;
    let wakeMs = batches?.nextDeadlineMs ?? Number.POSITIVE_INFINITY;
    if (this.state === "closed") return wakeMs;
    wakeMs = Math.min(wakeMs, this.#nextExpiryMs());
    if (batches?.mayBegin === false) return wakeMs;
    const retryDueMs = batches?.retryDueMs(nowMs) ?? Number.POSITIVE_INFINITY;
    const dueMs = Math.min(this.#timing.dueMs(nowMs, isUrgent), retryDueMs);
    return Math.min(wakeMs, Math.max(this.#notBeforeMs, dueMs));
  }

  #nextExpiryMs(): number {
    if (this.state === "paused") return Number.POSITIVE_INFINITY;
    const queuedMs = this.queue.head?.latest?.offeredAtMs ?? Number.POSITIVE_INFINITY;
    return this.#expiry.expiryMs(Math.min(queuedMs, this.batches?.oldestOfferedMs ?? Number.POSITIVE_INFINITY));
  }

  /** Cheap test on the way in: the time at which this lane wants to be woken for what it has just accepted. */
  wakeAfterAccept(nowMs: number, isUrgent: boolean): number {
    if (this.maySend(nowMs)) return this.#timing.dueMs(nowMs, isUrgent);
    const expiryMs = nowMs + this.config.delivery.deliveryTimeoutMs;
    const notBeforeMs = this.#notBeforeMs;
    return nowMs < notBeforeMs ? Math.min(notBeforeMs, expiryMs) : expiryMs;
  }

  // ---- What others read

  /** Records that this lane itself still has to deliver or to drop. */
  get inMemory(): number {
    return this.ledger.queued + this.ledger.inFlight;
  }

  get isHealthy(): boolean {
    return this.state === "running" && this.batches?.isProbing !== true;
  }
}
