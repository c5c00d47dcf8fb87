import type { DropReason } from "../../contract/ledger.ts";
import { BUSY_BACKOFF, PAUSED_BACKOFF } from "./backoff.ts";
import type { Batch } from "./batch.ts";
import { Batcher } from "./batcher.ts";
import type { InBatches, Lane } from "./lane.ts";
import type { SharedByLanes } from "./lane-account.ts";
import { LaneRequests } from "./lane-requests.ts";
import type { RandomSource } from "./random.ts";
import type { CoreRecord, SpanSlot } from "./record.ts";

/** The half of a lane in which records travel together, in flight or to be tried again: see the picture in `lane.ts`. */
export class LaneBatches<R extends CoreRecord> implements InBatches<R> {
  readonly lane: Lane<R>;
  readonly requests: LaneRequests<R>;
  readonly #batcher: Batcher<R>;

  /** @param random of its own: another lane's failures don't shift this lane's draws */
  constructor(lane: Lane<R>, shared: SharedByLanes<R>, random: RandomSource) {
    const { index, queue, config } = lane;
    this.lane = lane;
    this.#batcher = new Batcher(index, queue, config.batch, shared.newBatchId);
    this.requests = new LaneRequests(this.#batcher, config.delivery, random, lane.requests);
  }

  get mayBegin(): boolean {
    return this.requests.mayBegin(this.lane.isPressed);
  }

  get notBeforeMs(): number {
    return this.requests.backoff.notBeforeMs;
  }

  get isProbing(): boolean {
    return this.requests.backoff.isProbing;
  }

  get nextDeadlineMs(): number {
    return this.requests.nextDeadlineMs;
  }

  get oldestOfferedMs(): number {
    return this.requests.toRetry.oldestOfferedMs;
  }

  retryDueMs(nowMs: number): number {
    return this.requests.retryDueMs(nowMs);
  }

  overdue(nowMs: number): Batch<R>[] {
    return this.requests.overdue(nowMs);
  }

  forgiveStall(forMs: number, nowMs: number): void {
    this.requests.forgiveStall(forMs, nowMs);
  }

  // ---- What goes out

  next(nowMs: number, isUrgent: boolean, latestDeadlineMs: number): Batch<R> | undefined {
    if (!this.lane.maySend(nowMs)) return undefined;
    const batch = this.requests.prefersFresh
      ? (this.#formBatch(nowMs, isUrgent) ?? this.#takeRetry(nowMs))
      : (this.#takeRetry(nowMs) ?? this.#formBatch(nowMs, isUrgent));
    if (batch === undefined) return undefined;
    this.lane.account.sent(batch);
    this.requests.begin(batch, nowMs, latestDeadlineMs);
    return batch;
  }

  #formBatch(nowMs: number, isUrgent: boolean): Batch<R> | undefined {
    const batch = this.#batcher.form(nowMs, isUrgent);
    if (batch !== undefined) for (const slot of batch.slots) slot.batched |= this.lane.bit;
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
      if ((slot.waiting & this.lane.bit) !== 0) {
        this.lane.account.coalesced(record, this.lane.takeDoubt(slot));
        this.#unbatch(slot, nowMs);
      } else if (this.lane.isExpired(record, nowMs)) {
        this.#lose(slot, record, "delivery_timeout", nowMs);
      } else {
        return true;
      }
      return false;
    });
  }

  expire(nowMs: number): void {
    const { toRetry } = this.requests;
    for (const batch of toRetry) if (this.lane.isExpired(batch.records[0]!, nowMs)) this.#pruneBatch(batch, nowMs);
    toRetry.dropEmpty();
  }

  evict(reason: DropReason, nowMs: number): boolean {
    const taken = this.requests.toRetry.takeUnshared();
    if (taken === undefined) return false;
    this.#spillOrLose(taken.slot, taken.record, reason, false, nowMs);
    return true;
  }

  // ---- What comes back

  /** The back end answered for each record: `isRejected` says which ones it refused. */
  settleBatch(batch: Batch<R>, isRejected: (id: string) => boolean, nowMs: number): void {
    this.#answered(nowMs);
    this.requests.suspects.settled(batch);
    this.lane.account.landed(batch);
    for (let i = 0; i < batch.size; i++) {
      const slot = batch.slots[i]!;
      const record = batch.records[i]!;
      if (isRejected(record.id)) this.#lose(slot, record, "rejected", nowMs);
      else this.#deliver(slot, record, nowMs);
    }
  }

  #deliver(slot: SpanSlot<R>, record: R, nowMs: number): void {
    slot.ambiguous &= ~this.lane.bit;
    this.lane.account.delivered(record);
    this.#unbatch(slot, nowMs);
  }

  /** A lone record that is too large even without its payload: no disk helps it. */
  loseOversize(batch: Batch<R>, nowMs: number): void {
    this.#answered(nowMs);
    this.lane.account.landed(batch);
    for (let i = 0; i < batch.size; i++) this.#lose(batch.slots[i]!, batch.records[i]!, "oversize", nowMs);
  }

  /** The back end is too busy, or gave no answer: the whole lane waits; what it does not have is tried again. */
  backOff(batch: Batch<R>, retryAfterMs: number | undefined, delivered: readonly number[], nowMs: number): void {
    this.lane.account.landed(batch);
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
      this.lane.enter("backing-off", nowMs);
    }
  }

  /** Credentials or address are wrong: the lane keeps its records and probes. True when this is news. */
  pause(batch: Batch<R>, nowMs: number): boolean {
    const isNews = this.lane.state !== "paused";
    this.lane.account.landed(batch);
    this.requests.narrow();
    this.requests.failed(batch, PAUSED_BACKOFF, nowMs);
    this.lane.enter("paused", nowMs);
    return isNews;
  }

  /** The batch goes on as two. `byBytes` halves the size rather than the number. */
  split(batch: Batch<R>, byBytes: boolean, nowMs: number): void {
    this.#answered(nowMs);
    this.lane.account.landed(batch);
    this.requests.splitInTwo(batch, byBytes);
  }

  /** A lone record that is tried once more in another form. */
  retryNow(batch: Batch<R>, nowMs: number): void {
    this.#answered(nowMs);
    this.lane.account.landed(batch);
    this.requests.toRetry.push(batch);
  }

  /** The back end had an answer for these records, be it a bad one. */
  #answered(nowMs: number): void {
    this.requests.answered(this.lane.isPressed);
    this.lane.enter("running", nowMs);
  }

  abandon(reason: DropReason, nowMs: number): Batch<R>[] {
    const aborted = this.requests.landAll();
    for (const batch of aborted) {
      batch.doubt(true);
      this.lane.account.landed(batch);
      this.#abandonBatch(batch, reason, nowMs);
    }
    for (const batch of this.requests.toRetry.takeAll()) this.#abandonBatch(batch, reason, nowMs);
    return aborted;
  }

  #abandonBatch(batch: Batch<R>, reason: DropReason, nowMs: number): void {
    for (let i = 0; i < batch.size; i++) this.#spillOrLose(batch.slots[i]!, batch.records[i]!, reason, true, nowMs);
  }

  /** A batched record goes: to the disk that keeps it, or it is dropped. */
  #spillOrLose(slot: SpanSlot<R>, record: R, reason: DropReason, isFinal: boolean, nowMs: number): void {
    if (!this.lane.isKept(record)) {
      this.#lose(slot, record, reason, nowMs);
      return;
    }
    // The disk remembers it, and the next record of the span is in no doubt.
    this.lane.takeDoubt(slot);
    this.lane.account.spilled(record, isFinal);
    this.#unbatch(slot, nowMs);
  }

  #lose(slot: SpanSlot<R>, record: R, reason: DropReason, nowMs: number): void {
    this.lane.account.dropped(record, reason, this.lane.takeDoubt(slot));
    this.#unbatch(slot, nowMs);
  }

  /** A batched record is done with: its place is free for a newer record that waited. */
  #unbatch(slot: SpanSlot<R>, nowMs: number): void {
    slot.batched &= ~this.lane.bit;
    if ((slot.waiting & this.lane.bit) === 0) return;
    slot.waiting &= ~this.lane.bit;
    this.lane.queue.push(slot, slot.latest!, nowMs);
  }
}
