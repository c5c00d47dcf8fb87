import type { LaneState } from "../../contract/account.ts";
import type { LaneConfig } from "../../contract/lane-options.ts";
import type { DropReason, LedgerView } from "../../contract/ledger.ts";
import { BUSY_BACKOFF, PAUSED_BACKOFF } from "./backoff.ts";
import type { Batch } from "./batch.ts";
import { Batcher } from "./batcher.ts";
import { Expiry } from "./expiry.ts";
import { LaneAccount, type SharedByLanes } from "./lane-account.ts";
import { LaneQueue } from "./lane-queue.ts";
import { LaneRequests } from "./lane-requests.ts";
import type { RandomSource } from "./random.ts";
import type { CoreRecord, LaneMask, SpanSlot } from "./record.ts";

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
 * turn.
 */
export class Lane<R extends CoreRecord> {
  readonly index: number;
  readonly bit: LaneMask;
  readonly config: LaneConfig;
  /** Moves the ledger: for what happens to records outside of this lane's places, too. */
  readonly account: LaneAccount<R>;
  /** For those who only read. */
  readonly ledger: LedgerView;
  readonly queue: LaneQueue<R>;
  readonly requests: LaneRequests<R>;
  state: LaneState = "running";
  lastError: string | undefined = undefined;

  readonly #batcher: Batcher<R>;
  readonly #expiry: Expiry;
  readonly #shared: SharedByLanes<R>;

  /** @param random of its own: another lane's failures don't shift this lane's draws */
  constructor(index: number, config: LaneConfig, shared: SharedByLanes<R>, random: RandomSource) {
    this.index = index;
    this.bit = 1 << index;
    this.config = config;
    this.#shared = shared;
    this.account = new LaneAccount(index, shared);
    this.ledger = this.account.ledger;
    this.queue = new LaneQueue(this.bit);
    this.#batcher = new Batcher(index, this.queue, config.batch, shared.newBatchId);
    this.requests = new LaneRequests(this.#batcher, config.delivery, random);
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
      this.account.coalesced(older!, this.#takeDoubt(slot));
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
    const isKept = this.#isKept(record);
    if (isKept) this.account.spilled(record, false);
    // Of a record that waits behind an older one the doubt is the older one's.
    else this.account.dropped(record, reason, isQueued && this.#takeDoubt(slot));
    return !isKept;
  }

  /** As `evict`, for a record that is to be tried again and that no other lane holds. False when there is none. */
  evictRetried(reason: DropReason, nowMs: number): boolean {
    const taken = this.requests.toRetry.takeUnshared();
    if (taken === undefined) return false;
    this.#spillOrLose(taken.slot, taken.record, reason, false, nowMs);
    return true;
  }

  /** The queue's claim passes to a copy without payloads. */
  shedQueued(record: R, shed: R): void {
    this.queue.resize(record, shed);
    this.account.shed(record, shed);
  }

  /** A lone record goes on without its payloads. If it is still the newest of its span, other lanes keep the original. */
  shedBatched(batch: Batch<R>, record: R, shed: R): void {
    batch.records[0] = shed;
    this.account.shed(record, shed);
  }

  #unqueue(slot: SpanSlot<R>): boolean {
    if (this.queue.has(slot)) this.queue.remove(slot);
    else if ((slot.waiting & this.bit) !== 0) slot.waiting &= ~this.bit;
    else return false;
    return true;
  }

  // ---- What goes out

  /** The next batch to send now, moved into flight; undefined when the lane has to wait. */
  nextBatch(nowMs: number, isUrgent: boolean, latestDeadlineMs: number): Batch<R> | undefined {
    if (!this.#maySend(nowMs)) return undefined;
    const batch = this.requests.prefersFresh
      ? (this.#formBatch(nowMs, isUrgent) ?? this.#takeRetry(nowMs))
      : (this.#takeRetry(nowMs) ?? this.#formBatch(nowMs, isUrgent));
    if (batch === undefined) return undefined;
    this.account.sent(batch);
    this.requests.begin(batch, nowMs, latestDeadlineMs);
    return batch;
  }

  #maySend(nowMs: number): boolean {
    if (this.state === "closed" || nowMs < this.requests.backoff.notBeforeMs) return false;
    return this.requests.mayBegin(this.#isPressed);
  }

  get #isPressed(): boolean {
    const { records, bytes } = this.#shared.pressed;
    return this.queue.records > records || this.queue.bytes > bytes;
  }

  #formBatch(nowMs: number, isUrgent: boolean): Batch<R> | undefined {
    const batch = this.#batcher.form(nowMs, isUrgent);
    if (batch !== undefined) for (const slot of batch.slots) slot.batched |= this.bit;
    return batch;
  }

  #takeRetry(nowMs: number): Batch<R> | undefined {
    for (;;) {
      const batch = this.requests.takeRetry(nowMs);
      if (batch === undefined) return undefined;
      this.#pruneBatch(batch, nowMs);
      if (batch.size > 0) return batch;
    }
  }

  /** Before another attempt: what a newer record has made needless, or what is too old, leaves the batch. */
  #pruneBatch(batch: Batch<R>, nowMs: number): void {
    batch.keep((slot, record) => {
      if ((slot.waiting & this.bit) !== 0) {
        this.account.coalesced(record, this.#takeDoubt(slot));
        this.#unbatch(slot, nowMs);
      } else if (this.#isExpired(record, nowMs)) {
        this.#lose(slot, record, "delivery_timeout", nowMs);
      } else {
        return true;
      }
      return false;
    });
  }

  #isExpired(record: R, nowMs: number): boolean {
    return this.state !== "paused" && nowMs >= this.#expiry.expiryMs(record.offeredAtMs);
  }

  /** Drops what has been tried for too long. Returns how many. */
  expire(nowMs: number): number {
    const before = this.ledger.dropped.delivery_timeout;
    for (let slot = this.queue.head; slot !== undefined; slot = this.queue.head) {
      if (!this.#isExpired(slot.latest!, nowMs)) break;
      this.evict(slot, "delivery_timeout");
    }
    const { toRetry } = this.requests;
    for (const batch of toRetry) if (this.#isExpired(batch.records[0]!, nowMs)) this.#pruneBatch(batch, nowMs);
    toRetry.dropEmpty();
    return this.ledger.dropped.delivery_timeout - before;
  }

  // ---- What comes back

  /** The back end answered for each record: `isRejected` says which ones it refused. */
  settleBatch(batch: Batch<R>, isRejected: (id: string) => boolean, nowMs: number): void {
    this.#answered(nowMs);
    this.requests.suspects.settled(batch);
    this.account.landed(batch);
    for (let i = 0; i < batch.size; i++) {
      const slot = batch.slots[i]!;
      const record = batch.records[i]!;
      if (isRejected(record.id)) this.#lose(slot, record, "rejected", nowMs);
      else this.#deliver(slot, record, nowMs);
    }
  }

  #deliver(slot: SpanSlot<R>, record: R, nowMs: number): void {
    slot.ambiguous &= ~this.bit;
    this.account.delivered(record);
    this.#unbatch(slot, nowMs);
  }

  /** A lone record that is too large even without its payload: no disk helps it. */
  loseOversize(batch: Batch<R>, nowMs: number): void {
    this.#answered(nowMs);
    this.account.landed(batch);
    for (let i = 0; i < batch.size; i++) this.#lose(batch.slots[i]!, batch.records[i]!, "oversize", nowMs);
  }

  /** The back end is too busy, or gave no answer: the whole lane waits; what it does not have is tried again. */
  backOff(batch: Batch<R>, retryAfterMs: number | undefined, delivered: readonly number[], nowMs: number): void {
    this.account.landed(batch);
    this.requests.backoff.wait(retryAfterMs, nowMs);
    const arrived = new Set(delivered);
    batch.keep((slot, record, position) => {
      if (!arrived.has(position)) return true;
      this.#deliver(slot, record, nowMs);
      return false;
    });
    if (batch.size === 0) {
      this.#answered(nowMs);
      return;
    }
    this.requests.narrow();
    if (this.requests.suspects.failed(batch, nowMs)) {
      this.requests.isolate(batch, nowMs);
    } else {
      this.requests.failed(batch, BUSY_BACKOFF, nowMs);
      this.#enter("backing-off", nowMs);
    }
  }

  /** Credentials or address are wrong: the lane keeps its records and probes. True when this is news. */
  pause(batch: Batch<R>, nowMs: number): boolean {
    const isNews = this.state !== "paused";
    this.account.landed(batch);
    this.requests.narrow();
    this.requests.failed(batch, PAUSED_BACKOFF, nowMs);
    this.#enter("paused", nowMs);
    return isNews;
  }

  /** The batch goes on as two. `byBytes` halves the size rather than the number. */
  split(batch: Batch<R>, byBytes: boolean, nowMs: number): void {
    this.#answered(nowMs);
    this.account.landed(batch);
    this.requests.splitInTwo(batch, byBytes);
  }

  /** A lone record that is tried once more in another form. */
  retryNow(batch: Batch<R>, nowMs: number): void {
    this.#answered(nowMs);
    this.account.landed(batch);
    this.requests.toRetry.push(batch);
  }

  /** The back end had an answer for these records, be it a bad one. */
  #answered(nowMs: number): void {
    this.requests.answered(this.#isPressed);
    this.#enter("running", nowMs);
  }

  #enter(state: LaneState, nowMs: number): void {
    if (this.state === "closed") return;
    if (this.state === "paused" && state !== "paused") this.#expiry.pauseOver(nowMs);
    this.state = state;
  }

  // ---- Endings

  /** Everything still here is dropped, but for what the disk keeps. Returns the batches whose attempts are to be aborted. */
  abandon(reason: DropReason, nowMs: number): Batch<R>[] {
    const aborted = this.requests.landAll();
    for (const batch of aborted) {
      batch.doubt(true);
      this.account.landed(batch);
      this.#abandonBatch(batch, reason, nowMs);
    }
    for (const batch of this.requests.toRetry.takeAll()) this.#abandonBatch(batch, reason, nowMs);
    for (let slot = this.queue.head; slot !== undefined; slot = this.queue.head) {
      if (!this.#isKept(slot.latest!)) this.evict(slot, reason);
      else if (this.#unqueue(slot)) this.account.spilled(slot.latest!, true);
    }
    return aborted;
  }

  #abandonBatch(batch: Batch<R>, reason: DropReason, nowMs: number): void {
    for (let i = 0; i < batch.size; i++) this.#spillOrLose(batch.slots[i]!, batch.records[i]!, reason, true, nowMs);
  }

  /** A batched record goes: to the disk that keeps it, or it is dropped. */
  #spillOrLose(slot: SpanSlot<R>, record: R, reason: DropReason, isFinal: boolean, nowMs: number): void {
    if (!this.#isKept(record)) {
      this.#lose(slot, record, reason, nowMs);
      return;
    }
    // The disk remembers it, and the next record of the span is in no doubt.
    this.#takeDoubt(slot);
    this.account.spilled(record, isFinal);
    this.#unbatch(slot, nowMs);
  }

  #lose(slot: SpanSlot<R>, record: R, reason: DropReason, nowMs: number): void {
    this.account.dropped(record, reason, this.#takeDoubt(slot));
    this.#unbatch(slot, nowMs);
  }

  #isKept(record: R): boolean {
    return this.#shared.disk?.keeps(record) === true;
  }

  /** Whether an attempt without an answer may have delivered the span's record; asked when it leaves. */
  #takeDoubt(slot: SpanSlot<R>): boolean {
    const isDoubtful = (slot.ambiguous & this.bit) !== 0;
    slot.ambiguous &= ~this.bit;
    return isDoubtful;
  }

  /** A batched record is done with: its place is free for a newer record that waited. */
  #unbatch(slot: SpanSlot<R>, nowMs: number): void {
    slot.batched &= ~this.bit;
    if ((slot.waiting & this.bit) === 0) return;
    slot.waiting &= ~this.bit;
    this.queue.push(slot, slot.latest!, nowMs);
  }

  // ---- Clocks

  /** The process stood still: requests and records have at least as much time from now as it took from them. */
  forgiveStall(forMs: number, nowMs: number): void {
    this.requests.forgiveStall(forMs, nowMs);
    this.#expiry.forgiveStall(forMs, nowMs);
  }

  /** When this lane next has something to do without being asked. */
  wakeAtMs(nowMs: number, isUrgent: boolean): number {
    let wakeMs = this.requests.nextDeadlineMs;
    if (this.state === "closed") return wakeMs;
    wakeMs = Math.min(wakeMs, this.#nextExpiryMs());
    if (!this.requests.mayBegin(this.#isPressed)) return wakeMs;
    const dueMs = Math.min(this.#batcher.dueMs(nowMs, isUrgent), this.requests.retryDueMs(nowMs));
    return Math.min(wakeMs, Math.max(this.requests.backoff.notBeforeMs, dueMs));
  }

  #nextExpiryMs(): number {
    if (this.state === "paused") return Number.POSITIVE_INFINITY;
    const queuedMs = this.queue.head?.latest?.offeredAtMs ?? Number.POSITIVE_INFINITY;
    return this.#expiry.expiryMs(Math.min(queuedMs, this.requests.toRetry.oldestOfferedMs));
  }

  /** Cheap test on the way in: the time at which this lane wants to be woken for what it has just accepted. */
  wakeAfterAccept(nowMs: number, isUrgent: boolean): number {
    if (this.#maySend(nowMs)) return this.#batcher.dueMs(nowMs, isUrgent);
    const expiryMs = nowMs + this.config.delivery.deliveryTimeoutMs;
    const { notBeforeMs } = this.requests.backoff;
    return nowMs < notBeforeMs ? Math.min(notBeforeMs, expiryMs) : expiryMs;
  }

  // ---- What others read

  /** Records that this lane itself still has to deliver or to drop. */
  get inMemory(): number {
    return this.ledger.queued + this.ledger.inFlight;
  }

  get isHealthy(): boolean {
    return this.state === "running" && !this.requests.backoff.isProbing;
  }
}
