import type { LaneState } from "../../contract/account.ts";
import type { BatchOptions, DeliveryOptions } from "../../contract/lane-options.ts";
import { type DropReason, LaneLedger } from "../../contract/ledger.ts";
import { type BackoffOptions, BUSY_BACKOFF, PAUSED_BACKOFF } from "./backoff.ts";
import { Batch } from "./batch.ts";
import { Deque } from "./deque.ts";
import { EpochCounts } from "./epoch-counts.ts";
import type { RandomSource } from "./random.ts";
import { RetryClock } from "./retry-clock.ts";
import type { Revision, RevisionDisk, RevisionMemory, SpanEntry } from "./revision.ts";

export interface LaneConfig {
  readonly name: string;
  readonly batch: BatchOptions;
  readonly delivery: DeliveryOptions;
  /** A disabled lane drops what it is offered as `disabled`. */
  readonly disabled?: boolean;
}

/** What the lanes of one core have in common. */
export interface SharedByLanes<R extends Revision> {
  readonly memory: RevisionMemory<R>;
  readonly disk: RevisionDisk<R> | undefined;
  /** Revisions that at least one lane holds. */
  heldRevisions: number;
  /** Where one lane alone holds as much in its queue, it would have to shed before its back end answers. */
  readonly pressed: { readonly records: number; readonly bytes: number };
  newBatchId(): number;
}

/** After so many failures of a batch while its neighbours got through, something in it is suspected. */
const SUSPICIONS_BEFORE_BISECTION = 3;
/**
 * With more batches than this (for each request allowed at once) waiting to be tried again, no fresh one is begun in
 * their stead: what stands in the queue can still be updated, lightened or give way, what stands in a batch can't.
 */
const MAX_READY_PER_REQUEST = 2;
/**
 * One exporter's own queue view, batcher, retry clock and breaker. It shares revisions with the other lanes but
 * never waits for them.
 *
 * A record is in exactly one of: `queue` (bit in `entry.queued`), `ready` or `inFlight` (bit in `entry.batched`),
 * or behind a batched older revision (bit in `entry.waiting`). Each method below is one transition between these
 * places and moves the ledger in the same turn.
 */
export class Lane<R extends Revision> {
  readonly index: number;
  readonly bit: number;
  readonly config: LaneConfig;
  readonly ledger = new LaneLedger();
  state: LaneState = "running";
  requests = 0;
  retries = 0;
  splits = 0;
  lastError: string | undefined = undefined;

  /** Spans to be sent, oldest first. An entry whose bit is cleared has left and is skipped when it comes up. */
  readonly #queue = new Deque<SpanEntry<R>>();
  #queuedSpans = 0;
  #queuedBytes = 0;
  #lingerFromMs = 0;
  /** Batches to be tried again, and the halves of split ones. */
  readonly #ready: Batch<R>[] = [];
  readonly #inFlight: Batch<R>[] = [];
  /** Time before this counts against no record's `deliveryTimeoutMs`: the lane was paused, or the process stood still. */
  #patienceFromMs = Number.NEGATIVE_INFINITY;
  readonly #retry: RetryClock;
  /** After a failure something else goes first, so that one bad batch can't stand in everybody's way. */
  #freshFirst = false;
  /** Successes less failures: grows while more batches get through than fail. */
  #balance = 0;
  /** Pending records by flush epoch. */
  readonly #pending = new EpochCounts();

  readonly #shared: SharedByLanes<R>;

  /** @param random of its own: another lane's failures don't shift this lane's draws */
  constructor(index: number, config: LaneConfig, shared: SharedByLanes<R>, random: RandomSource) {
    this.index = index;
    this.bit = 1 << index;
    this.config = config;
    this.#shared = shared;
    this.#retry = new RetryClock(config.delivery, random);
    if (config.disabled) this.state = "closed";
  }

  // ---- What comes in

  /** Takes a span's newest revision. `older` is what `entry.latest` was until now. */
  accept(entry: SpanEntry<R>, revision: R, older: R | undefined, nowMs: number): void {
    this.#pending.count(revision.epoch, 1);
    if ((entry.queued & this.bit) !== 0) {
      this.#queuedBytes += revision.bytes - older!.bytes;
      this.#coalesce(older!);
    } else if ((entry.waiting & this.bit) !== 0) {
      this.#coalesce(older!);
    } else if ((entry.batched & this.bit) !== 0) {
      entry.waiting |= this.bit;
    } else {
      this.#enqueue(entry, revision, nowMs);
    }
    this.ledger.queued += 1;
  }

  #enqueue(entry: SpanEntry<R>, revision: R, nowMs: number): void {
    if (this.#queuedSpans === 0) this.#lingerFromMs = nowMs;
    entry.queued |= this.bit;
    this.#queue.push(entry);
    this.#queuedSpans += 1;
    this.#queuedBytes += revision.bytes;
  }

  /** The queue's claim on an older revision passes to the newer one. */
  #coalesce(older: R): void {
    this.#shared.disk?.settled(this.index, older, "coalesced");
    this.ledger.queued -= 1;
    this.ledger.coalesced += 1;
    this.#leave(older);
  }

  /**
   * Takes the newest revision of a span back out of the queue: it stays pending where the disk keeps it, else it is
   * lost. True when it is lost.
   */
  evict(entry: SpanEntry<R>, reason: DropReason): boolean {
    const isKept = this.#isKept(entry.latest!);
    if (!this.#unqueue(entry)) return false;
    if (isKept) {
      this.#leaveToDisk(entry.latest!, false);
      return false;
    }
    this.#shared.disk?.settled(this.index, entry.latest!, "dropped");
    this.ledger.dropped[reason] += 1;
    this.#leave(entry.latest!);
    return true;
  }

  /** The disk keeps the revision: it gives up its place in memory and stays pending. */
  #leaveToDisk(revision: R, isFinal: boolean): void {
    this.ledger.spooled += 1;
    this.#shared.disk?.spilled(this.index, revision, isFinal);
    this.#leave(revision);
  }

  #unqueue(entry: SpanEntry<R>): boolean {
    if ((entry.queued & this.bit) !== 0) {
      this.#forgetQueued(entry);
      if (this.#queue.at(this.#queue.length - 1) === entry) this.#queue.pop();
    } else if ((entry.waiting & this.bit) !== 0) {
      entry.waiting &= ~this.bit;
    } else {
      return false;
    }
    this.ledger.queued -= 1;
    return true;
  }

  /** Loses a record that waits for another attempt and that no other lane holds. False when there is none at hand. */
  evictRetried(reason: DropReason, nowMs: number): boolean {
    const at = this.#ready.findIndex((batch) => batch.revisions[batch.size - 1]!.holders === 1);
    if (at < 0) return false;
    const batch = this.#ready[at]!;
    const entry = batch.entries.pop()!;
    const revision = batch.revisions.pop()!;
    if (batch.size === 0) this.#ready.splice(at, 1);
    this.ledger.queued -= 1;
    this.#giveAway(entry, revision, reason, false, nowMs);
    return true;
  }

  #forgetQueued(entry: SpanEntry<R>): void {
    entry.queued &= ~this.bit;
    this.#queuedSpans -= 1;
    this.#queuedBytes -= entry.latest!.bytes;
  }

  /** The span at a distance from the queue's head, if it still stands there. */
  queuedAt(position: number): SpanEntry<R> | undefined {
    const entry = this.#queue.at(position);
    return entry !== undefined && (entry.queued & this.bit) !== 0 ? entry : undefined;
  }

  /** The span at the queue's head. */
  get oldestQueued(): SpanEntry<R> | undefined {
    return this.#peekQueued();
  }

  /** Sends the span at the queue's head back to the tail: its revision is newer than its place. */
  postponeOldest(): void {
    const entry = this.#peekQueued();
    if (entry === undefined) return;
    this.#queue.shift();
    this.#queue.push(entry);
  }

  get queuePositions(): number {
    return this.#queue.length;
  }

  /** The queue's claim passes to a lighter copy. */
  replaceQueued(heavy: R, light: R): void {
    this.#queuedBytes += light.bytes - heavy.bytes;
    this.#replace(heavy, light);
  }

  /** A lone record goes on as its lighter copy. If it is still the newest of its span, other lanes keep the original. */
  replaceBatched(batch: Batch<R>, heavy: R, light: R): void {
    batch.revisions[0] = light;
    this.#replace(heavy, light);
  }

  #replace(heavy: R, light: R): void {
    this.ledger.shedPayloads += 1;
    light.holders += 1;
    this.#pending.count(light.epoch, 1);
    this.#leave(heavy);
  }

  // ---- What goes out

  /** The next batch to send now, moved into flight; undefined when the lane has to wait. */
  nextBatch(nowMs: number, urgent: boolean, latestDeadlineMs: number): Batch<R> | undefined {
    if (!this.#maySend(nowMs)) return undefined;
    const batch = this.#prefersFresh
      ? (this.#formBatch(nowMs, urgent) ?? this.#takeReady(nowMs))
      : (this.#takeReady(nowMs) ?? this.#formBatch(nowMs, urgent));
    if (batch === undefined) return undefined;
    this.#inFlight.push(batch);
    this.ledger.queued -= batch.size;
    this.ledger.inFlight += batch.size;
    batch.attempt += 1;
    batch.sentAtMs = nowMs;
    batch.deadlineMs = Math.min(nowMs + this.config.delivery.attemptTimeoutMs, latestDeadlineMs);
    if (batch.attempt === 1 && batch.suspicions === 0) batch.balanceSeen = this.#balance;
    this.requests += 1;
    if (batch.attempt > 1) this.retries += 1;
    return batch;
  }

  #maySend(nowMs: number): boolean {
    if (this.state === "closed" || nowMs < this.#retry.notBeforeMs) return false;
    return this.#mayBegin();
  }

  #mayBegin(): boolean {
    return this.#retry.mayBegin(this.#inFlight.length, this.#isPressed);
  }

  get #isPressed(): boolean {
    const { records, bytes } = this.#shared.pressed;
    return this.#queuedSpans > records || this.#queuedBytes > bytes;
  }

  #hasBatches(count: number): boolean {
    const { maxRecords, maxBytes } = this.config.batch;
    return this.#queuedSpans >= count * maxRecords || this.#queuedBytes >= count * maxBytes;
  }

  get #prefersFresh(): boolean {
    return this.#freshFirst && this.#ready.length < MAX_READY_PER_REQUEST * this.config.delivery.concurrency;
  }

  #takeReady(nowMs: number): Batch<R> | undefined {
    for (let i = 0; i < this.#ready.length; i++) {
      const batch = this.#ready[i]!;
      if (nowMs < this.#readyFromMs(batch)) continue;
      this.#ready.splice(i, 1);
      this.#pruneBatch(batch, nowMs);
      if (batch.size > 0) return batch;
      i -= 1;
    }
    return undefined;
  }

  #readyFromMs(batch: Batch<R>): number {
    return isAloneAndSuspect(batch) ? this.#retry.suspectsNotBeforeMs : Number.NEGATIVE_INFINITY;
  }

  #formBatch(nowMs: number, urgent: boolean): Batch<R> | undefined {
    if (!urgent && !this.#isBatchDue(nowMs)) return undefined;
    const { maxRecords, maxBytes } = this.config.batch;
    const entries: SpanEntry<R>[] = [];
    const revisions: R[] = [];
    let bytes = 0;
    while (revisions.length < maxRecords) {
      const entry = this.#peekQueued();
      if (entry === undefined) break;
      const revision = entry.latest!;
      if (revisions.length > 0 && bytes + revision.bytes > maxBytes) break;
      this.#queue.shift();
      this.#forgetQueued(entry);
      entry.batched |= this.bit;
      entries.push(entry);
      revisions.push(revision);
      bytes += revision.bytes;
    }
    if (revisions.length === 0) return undefined;
    const head = this.#peekQueued();
    if (head !== undefined) this.#lingerFromMs = head.latest!.offeredAtMs;
    return new Batch(this.#shared.newBatchId(), this.index, entries, revisions);
  }

  #isBatchDue(nowMs: number): boolean {
    return this.#queuedSpans > 0 && (this.#hasBatches(1) || nowMs >= this.#lingerFromMs + this.config.batch.lingerMs);
  }

  #peekQueued(): SpanEntry<R> | undefined {
    while (this.#queue.length > 0) {
      const entry = this.#queue.at(0)!;
      if ((entry.queued & this.bit) !== 0) return entry;
      this.#queue.shift();
    }
    return undefined;
  }

  /** Before another attempt: what a newer revision has made needless, or what is too old, leaves the batch. */
  #pruneBatch(batch: Batch<R>, nowMs: number): void {
    let kept = 0;
    for (let i = 0; i < batch.size; i++) {
      const entry = batch.entries[i]!;
      const revision = batch.revisions[i]!;
      if ((entry.waiting & this.bit) !== 0) {
        this.#shared.disk?.settled(this.index, revision, "coalesced");
        this.ledger.queued -= 1;
        this.ledger.coalesced += 1;
        this.#noteAmbiguity(entry);
        this.#settle(entry, revision, nowMs);
      } else if (this.#isExpired(revision, nowMs)) {
        this.ledger.queued -= 1;
        this.#countDrop(entry, revision, "delivery_timeout");
        this.#settle(entry, revision, nowMs);
      } else {
        batch.entries[kept] = entry;
        batch.revisions[kept] = revision;
        kept += 1;
      }
    }
    batch.entries.length = kept;
    batch.revisions.length = kept;
  }

  #isExpired(revision: R, nowMs: number): boolean {
    return this.state !== "paused" && nowMs >= this.#expiryMs(revision.offeredAtMs);
  }

  #expiryMs(offeredAtMs: number): number {
    return Math.max(offeredAtMs, this.#patienceFromMs) + this.config.delivery.deliveryTimeoutMs;
  }

  /** Drops what has been tried for too long. Returns how many. */
  expire(nowMs: number): number {
    const before = this.ledger.dropped.delivery_timeout;
    for (;;) {
      const entry = this.#peekQueued();
      if (entry === undefined || !this.#isExpired(entry.latest!, nowMs)) break;
      this.#queue.shift();
      this.evict(entry, "delivery_timeout");
    }
    for (let i = this.#ready.length - 1; i >= 0; i--) {
      const batch = this.#ready[i]!;
      if (!this.#isExpired(batch.revisions[0]!, nowMs)) continue;
      this.#pruneBatch(batch, nowMs);
      if (batch.size === 0) this.#ready.splice(i, 1);
    }
    return this.ledger.dropped.delivery_timeout - before;
  }

  // ---- What comes back

  /** Takes a batch out of flight. False when it was given up before: its outcome no longer counts. */
  land(batch: Batch<R>): boolean {
    const index = this.#inFlight.indexOf(batch);
    if (index < 0) return false;
    this.#inFlight.splice(index, 1);
    return true;
  }

  /** The back end answered for each record: `reasonOf` names why one was rejected. */
  settleBatch(batch: Batch<R>, isRejected: (id: string) => boolean, nowMs: number): void {
    this.#succeed(nowMs);
    if (isAloneAndSuspect(batch)) this.#retry.suspectFailures = 0;
    this.ledger.inFlight -= batch.size;
    for (let i = 0; i < batch.size; i++) {
      const entry = batch.entries[i]!;
      if (isRejected(batch.revisions[i]!.id)) {
        this.#countDrop(entry, batch.revisions[i]!, "rejected");
      } else {
        this.ledger.delivered += 1;
        this.#shared.disk?.settled(this.index, batch.revisions[i]!, "delivered");
        entry.ambiguous &= ~this.bit;
      }
      this.#settle(entry, batch.revisions[i]!, nowMs);
    }
  }

  /** A lone record that is too large even without its payload: no disk helps it. */
  loseOversize(batch: Batch<R>, nowMs: number): void {
    this.#succeed(nowMs);
    this.ledger.inFlight -= batch.size;
    for (let i = 0; i < batch.size; i++) this.#lose(batch.entries[i]!, batch.revisions[i]!, "oversize", nowMs);
  }

  /** Loses a whole batch that was in flight, but for what the disk keeps. */
  dropBatch(batch: Batch<R>, reason: DropReason, nowMs: number): void {
    this.ledger.inFlight -= batch.size;
    for (let i = 0; i < batch.size; i++) this.#giveAway(batch.entries[i]!, batch.revisions[i]!, reason, true, nowMs);
  }

  /** The back end is too busy, or nobody answered: the whole lane waits, the batch is tried again. */
  backOff(batch: Batch<R>, retryAfterMs: number | undefined, maybeDelivered: boolean, nowMs: number): void {
    if (maybeDelivered) for (const entry of batch.entries) entry.ambiguous |= this.bit;
    this.#retry.narrow();
    this.#retry.wait(retryAfterMs, nowMs);
    if (this.#isSuspect(batch, nowMs)) this.#isolate(batch, nowMs);
    else this.#fail(batch, BUSY_BACKOFF, "backing-off", nowMs);
  }

  /** Credentials or address are wrong: the lane keeps its records and probes. True when this is news. */
  pause(batch: Batch<R>, nowMs: number): boolean {
    const isNews = this.state !== "paused";
    this.#retry.narrow();
    this.#fail(batch, PAUSED_BACKOFF, "paused", nowMs);
    return isNews;
  }

  #fail(batch: Batch<R>, backoff: BackoffOptions, state: LaneState, nowMs: number): void {
    this.#returnToReady(batch);
    this.#freshFirst = !this.#freshFirst;
    this.#retry.failed(batch.sentAtMs, backoff, nowMs);
    this.#enter(state, nowMs);
  }

  /** The batch goes on as two. `byBytes` halves the size rather than the number. */
  split(batch: Batch<R>, byBytes: boolean, nowMs: number): void {
    this.#succeed(nowMs);
    this.#splitInto(batch, byBytes ? middleByBytes(batch) : batch.size >> 1);
  }

  /** A single record that is tried once more in another form. */
  retryNow(batch: Batch<R>, nowMs: number): void {
    this.#succeed(nowMs);
    this.#returnToReady(batch);
  }

  #splitInto(batch: Batch<R>, at: number): void {
    this.splits += 1;
    this.ledger.inFlight -= batch.size;
    this.ledger.queued += batch.size;
    const first = new Batch(
      this.#shared.newBatchId(),
      this.index,
      batch.entries.slice(0, at),
      batch.revisions.slice(0, at),
    );
    const second = new Batch(this.#shared.newBatchId(), this.index, batch.entries.slice(at), batch.revisions.slice(at));
    for (const half of [first, second]) {
      half.suspicions = Math.min(batch.suspicions, SUSPICIONS_BEFORE_BISECTION - 1);
      half.balanceSeen = this.#balance;
    }
    this.#ready.unshift(first, second);
  }

  /**
   * Failed again and again while most of its neighbours got through: it is the batch, not the back end. Unless another
   * suspect has only just failed: then it may be the back end after all.
   */
  #isSuspect(batch: Batch<R>, nowMs: number): boolean {
    const wasAlone = isAloneAndSuspect(batch);
    const othersGotThrough = this.#balance > batch.balanceSeen;
    this.#balance -= 1;
    batch.balanceSeen = this.#balance;
    if (othersGotThrough) batch.suspicions += 1;
    const isBad = othersGotThrough && batch.suspicions >= SUSPICIONS_BEFORE_BISECTION;
    return wasAlone || (isBad && nowMs >= this.#retry.suspectsNotBeforeMs);
  }

  /** Finds the bad record by halves; alone, it waits on the suspects' clock and holds nobody up. */
  #isolate(batch: Batch<R>, nowMs: number): void {
    if (batch.size > 1) {
      this.#splitInto(batch, batch.size >> 1);
      return;
    }
    this.#returnToReady(batch);
    this.#retry.suspectFailed(nowMs);
  }

  #returnToReady(batch: Batch<R>): void {
    this.ledger.inFlight -= batch.size;
    this.ledger.queued += batch.size;
    this.#ready.push(batch);
  }

  /** The back end had an answer for these records, be it a bad one: it is there and well. */
  #succeed(nowMs: number): void {
    this.#balance += 1;
    this.#freshFirst = false;
    this.#retry.succeeded((batches) => this.#isPressed || this.#hasBatches(batches));
    this.#enter("running", nowMs);
  }

  #enter(state: LaneState, nowMs: number): void {
    if (this.state === "closed") return;
    if (this.state === "paused" && state !== "paused") this.#patienceFromMs = nowMs;
    this.state = state;
  }

  // ---- Endings

  /** A batched record is done with: its place is free for a newer revision that waited. */
  #settle(entry: SpanEntry<R>, revision: R, nowMs: number): void {
    entry.batched &= ~this.bit;
    this.#leave(revision);
    this.#promoteWaiting(entry, nowMs);
  }

  #promoteWaiting(entry: SpanEntry<R>, nowMs: number): void {
    if ((entry.waiting & this.bit) !== 0) {
      entry.waiting &= ~this.bit;
      this.#enqueue(entry, entry.latest!, nowMs);
    }
  }

  #countDrop(entry: SpanEntry<R>, revision: R, reason: DropReason): void {
    this.ledger.dropped[reason] += 1;
    this.#shared.disk?.settled(this.index, revision, "dropped");
    this.#noteAmbiguity(entry);
  }

  #noteAmbiguity(entry: SpanEntry<R>): void {
    if ((entry.ambiguous & this.bit) === 0) return;
    entry.ambiguous &= ~this.bit;
    this.ledger.maybeDelivered += 1;
  }

  /** This lane needs the revision no longer. */
  #leave(revision: R): void {
    this.#pending.count(revision.epoch, -1);
    revision.holders -= 1;
    if (revision.holders === 0) {
      this.#shared.heldRevisions -= 1;
      this.#shared.memory.release(revision);
    }
  }

  /** Everything still here is lost, but for what the disk keeps: `shutdown()` ran out of time. Returns the batches that were in flight. */
  abandon(reason: DropReason, nowMs: number): Batch<R>[] {
    const cut = this.#inFlight.splice(0);
    for (const batch of cut) {
      for (const entry of batch.entries) entry.ambiguous |= this.bit;
      this.dropBatch(batch, reason, nowMs);
    }
    for (const batch of this.#ready.splice(0)) {
      this.ledger.queued -= batch.size;
      this.ledger.inFlight += batch.size;
      this.dropBatch(batch, reason, nowMs);
    }
    for (let entry = this.#peekQueued(); entry !== undefined; entry = this.#peekQueued()) {
      this.#queue.shift();
      if (!this.#isKept(entry.latest!)) this.evict(entry, reason);
      else if (this.#unqueue(entry)) this.#leaveToDisk(entry.latest!, true);
    }
    return cut;
  }

  /** A batched record goes: to the disk that keeps it, or it is lost. */
  #giveAway(entry: SpanEntry<R>, revision: R, reason: DropReason, isFinal: boolean, nowMs: number): void {
    if (!this.#isKept(revision)) {
      this.#lose(entry, revision, reason, nowMs);
      return;
    }
    entry.batched &= ~this.bit;
    this.#leaveToDisk(revision, isFinal);
    this.#promoteWaiting(entry, nowMs);
  }

  #lose(entry: SpanEntry<R>, revision: R, reason: DropReason, nowMs: number): void {
    this.#countDrop(entry, revision, reason);
    this.#settle(entry, revision, nowMs);
  }

  #isKept(revision: R): boolean {
    return this.#shared.disk?.keeps(revision) === true;
  }

  // ---- Clocks

  /** Batches under way whose time is up. */
  overdue(nowMs: number): Batch<R>[] {
    return this.#inFlight.filter((batch) => nowMs >= batch.deadlineMs);
  }

  /** The process stood still: requests and records have at least as much time from now as it took from them. */
  forgiveStall(forMs: number, nowMs: number): void {
    const { attemptTimeoutMs, deliveryTimeoutMs } = this.config.delivery;
    const deadlineMs = nowMs + Math.min(forMs, attemptTimeoutMs);
    for (const batch of this.#inFlight) batch.deadlineMs = Math.max(batch.deadlineMs, deadlineMs);
    this.#patienceFromMs = Math.max(this.#patienceFromMs, nowMs - Math.max(0, deliveryTimeoutMs - forMs));
  }

  /** When this lane next has something to do without being asked. */
  wakeAtMs(nowMs: number, urgent: boolean): number {
    let wakeMs = Number.POSITIVE_INFINITY;
    for (const batch of this.#inFlight) wakeMs = Math.min(wakeMs, batch.deadlineMs);
    if (this.state === "closed") return wakeMs;
    wakeMs = Math.min(wakeMs, this.#nextExpiryMs());
    if (!this.#mayBegin()) return wakeMs;
    return Math.min(wakeMs, Math.max(this.#retry.notBeforeMs, this.#dueMs(nowMs, urgent)));
  }

  #dueMs(nowMs: number, urgent: boolean): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const batch of this.#ready) dueMs = Math.min(dueMs, Math.max(this.#readyFromMs(batch), nowMs));
    if (this.#queuedSpans === 0) return dueMs;
    if (urgent || this.#isBatchDue(nowMs)) return nowMs;
    return Math.min(dueMs, this.#lingerFromMs + this.config.batch.lingerMs);
  }

  #nextExpiryMs(): number {
    if (this.state === "paused") return Number.POSITIVE_INFINITY;
    let oldestMs = this.#peekQueued()?.latest?.offeredAtMs ?? Number.POSITIVE_INFINITY;
    for (const batch of this.#ready) oldestMs = Math.min(oldestMs, batch.revisions[0]!.offeredAtMs);
    return this.#expiryMs(oldestMs);
  }

  /** Cheap test on the way in: does this lane want to be woken before `wakeMs`? Returns the time it wants. */
  wakeAfterAccept(nowMs: number, urgent: boolean): number {
    if (!this.#maySend(nowMs)) {
      const expiryMs = nowMs + this.config.delivery.deliveryTimeoutMs;
      return nowMs < this.#retry.notBeforeMs ? Math.min(this.#retry.notBeforeMs, expiryMs) : expiryMs;
    }
    if (this.#queuedSpans === 0) return Number.POSITIVE_INFINITY;
    if (urgent) return nowMs;
    if (this.#hasBatches(1)) return nowMs;
    return this.#lingerFromMs + this.config.batch.lingerMs;
  }

  // ---- Flush epochs

  openEpoch(): void {
    this.#pending.open();
  }

  /** True when everything offered up to and including the epoch is delivered or counted. */
  isSettledThrough(epoch: number): boolean {
    return this.#pending.isSettledThrough(epoch);
  }

  /** Records that this lane itself still has to deliver or to give up. */
  get inMemory(): number {
    return this.ledger.queued + this.ledger.inFlight;
  }

  get failures(): number {
    return this.#retry.failures;
  }

  get isHealthy(): boolean {
    return this.state === "running" && !this.#retry.isProbing;
  }
}

function isAloneAndSuspect<R extends Revision>(batch: Batch<R>): boolean {
  return batch.size === 1 && batch.suspicions >= SUSPICIONS_BEFORE_BISECTION;
}

/** Where a batch falls into two parts of about the same size in bytes, neither of them empty. */
function middleByBytes<R extends Revision>(batch: Batch<R>): number {
  let total = 0;
  for (const revision of batch.revisions) total += revision.bytes;
  let sum = 0;
  for (let i = 0; i < batch.size - 1; i++) {
    sum += batch.revisions[i]!.bytes;
    if (sum * 2 >= total) return i + 1;
  }
  return batch.size - 1;
}
