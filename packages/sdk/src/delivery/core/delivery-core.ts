import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { LaneConfig } from "../../contract/lane-options.ts";
import type { DropReason } from "../../contract/ledger.ts";
import type { Batch } from "./batch.ts";
import type { Effect } from "./effect.ts";
import { Lane } from "./lane.ts";
import type { SharedByLanes } from "./lane-account.ts";
import type { Outcomes } from "./outcomes.ts";
import { Overload, type QueueBounds } from "./overload.ts";
import type { CoreDisk, CoreMemory, CoreRecord, LaneMask, SpanSlot } from "./record.ts";
import { RevisionsInPlace } from "./revisions-in-place.ts";
import { Warnings } from "./warnings.ts";

export interface CoreConfig<R extends CoreRecord> {
  /** At most `MAX_LANES`. */
  readonly lanes: readonly LaneConfig[];
  readonly queue: QueueBounds;
  readonly memory: CoreMemory<R>;
  /** Where overflow goes, and what is left at shutdown; without it both are dropped. */
  readonly disk?: CoreDisk<R> | undefined;
  /** Seeds the jitter: the core's only randomness. */
  readonly seed: number;
}

/** What happened outside. `offer` has a method of its own, because it is on the application's path. */
export type CoreEvent<R extends CoreRecord = CoreRecord> =
  | { readonly kind: "timer" }
  /** The process would end but for what is pending: batches don't linger, as for a flush that is not awaited. */
  | { readonly kind: "hurry" }
  | { readonly kind: "outcome"; readonly batch: Batch<R>; readonly outcome: ExportOutcome }
  /** What sends can't be loaded now (a bundle is being replaced). */
  | { readonly kind: "unloaded"; readonly reason: string }
  /** The process stood still for so long (stopped, suspended, a blocked event loop). */
  | { readonly kind: "stalled"; readonly forMs: number }
  | { readonly kind: "flush"; readonly flushId: number; readonly timeoutMs: number }
  | { readonly kind: "shutdown"; readonly timeoutMs: number };

interface Flush {
  readonly flushId: number;
  readonly epoch: number;
  readonly deadlineMs: number;
  readonly lostBefore: number;
}

/** How long a failure to load what sends is left alone. */
const LOAD_AGAIN_MS = 1_000;
/** A lane that alone fills so much of the queue may use all its requests. */
const PRESSED_SHARE = 0.25;

/**
 * Delivery as a pure state machine: batching, order, retry, breaker, bounds, flush, shutdown and the account of it
 * all. `step(event, nowMs) -> effects`; between steps nothing happens. Times are of one monotonic clock.
 *
 * Before the first batch it is without the half that sends, asks for it by an effect and takes it by `equip`.
 *
 * The shell runs the effects and calls `step({kind: "timer"})` at `wakeAtMs`, or later.
 */
export class DeliveryCore<R extends CoreRecord> {
  readonly lanes: readonly Lane<R>[];
  /** When the shell should next call `step({kind: "timer"})`; Infinity when there is nothing to wait for. */
  wakeAtMs = Number.POSITIVE_INFINITY;

  readonly #shared: SharedByLanes<R>;
  readonly #overload: Overload<R>;
  readonly #warnings: Warnings<R>;
  readonly #inPlace: RevisionsInPlace<R>;
  readonly #seed: number;
  #outcomes: Outcomes<R> | undefined;
  #effects: Effect<R>[] = [];
  #flushes: Flush[] = [];
  #epoch = 0;
  /** The last epoch that does not linger; -1 before there is one. */
  #hurriedEpoch = -1;
  #shutdown: { readonly deadlineMs: number; readonly lostBefore: number } | undefined = undefined;
  #isClosed = false;

  constructor(config: CoreConfig<R>) {
    const { maxRecords, maxBytes } = config.queue;
    let lastBatchId = 0;
    this.#shared = {
      memory: config.memory,
      disk: config.disk,
      heldRecords: 0,
      pressed: { records: maxRecords * PRESSED_SHARE, bytes: maxBytes * PRESSED_SHARE },
      sendsFromMs: Number.NEGATIVE_INFINITY,
      newBatchId: () => ++lastBatchId,
    };
    this.#seed = config.seed;
    this.lanes = config.lanes.map((lane, index) => new Lane<R>(index, lane, this.#shared));
    this.#inPlace = new RevisionsInPlace(this.lanes);
    this.#warnings = new Warnings((effect) => this.#effects.push(effect));
    this.#overload = new Overload(this.lanes, config.queue, this.#shared, this.#warnings);
  }

  get heldRecords(): number {
    return this.#shared.heldRecords;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Hands a span's newest record to every lane. Synchronous, O(lanes), never refuses with an error: what can't be kept
   * is counted. Emits no effect but warnings; what is due is sent by the next timer step.
   */
  offer(slot: SpanSlot<R>, record: R, nowMs: number, origin: "created" | "recovered" = "created"): void {
    const older = slot.latest;
    record.epoch = this.#epoch;
    record.offeredAtMs = nowMs;
    let takers = 0;
    for (const lane of this.lanes) {
      const isRefused = !this.#isOpen(lane);
      lane.arrive(record, origin, isRefused);
      if (!isRefused) takers += 1;
    }
    if (takers === 0) return;
    this.#hold(record, takers);
    for (const lane of this.lanes) {
      if (lane.state !== "closed") lane.accept(slot, record, older, nowMs);
    }
    slot.latest = record;
    this.#overload.accepted(slot, record, nowMs);
    this.#wakeForArrival(nowMs);
  }

  /** The span's newest record, where it may be made the next revision instead of offering another. Then tell `revised`. */
  revisable(slot: SpanSlot<R>): R | undefined {
    return this.#shutdown === undefined ? this.#inPlace.revisable(slot) : undefined;
  }

  /** As `offer`, in the turn in which the newest record became the next revision. @param olderBytes what it weighed */
  revised(slot: SpanSlot<R>, olderBytes: number, nowMs: number): void {
    const record = this.#inPlace.revised(slot, olderBytes, this.#epoch);
    record.offeredAtMs = nowMs;
    this.#overload.accepted(slot, record, nowMs);
    this.#wakeForArrival(nowMs);
  }

  /**
   * Takes a record from disk into the lanes of the mask that are open; answers which those are. `orphan`: another
   * process wrote it, so here it is `recovered`. `spool`: it had overflowed from this very queue. The record is alone
   * of its span: nothing newer comes after it.
   */
  restore(slot: SpanSlot<R>, record: R, lanes: LaneMask, from: "orphan" | "spool", nowMs: number): LaneMask {
    const takers = this.lanes.filter((lane) => (lanes & lane.bit) !== 0 && lane.state !== "closed");
    if (takers.length === 0) return 0;
    record.epoch = this.#flushes[0]?.epoch ?? this.#epoch;
    record.offeredAtMs = nowMs;
    this.#hold(record, takers.length);
    let taken = 0;
    for (const lane of takers) {
      if (from === "orphan") lane.account.arrived("recovered");
      else lane.account.takenBack();
      lane.accept(slot, record, undefined, nowMs);
      taken |= lane.bit;
    }
    slot.latest = record;
    this.#wakeForArrival(nowMs);
    return taken;
  }

  #hold(record: R, holders: number): void {
    record.holders = holders;
    this.#shared.heldRecords += 1;
    this.#shared.memory.hold(record);
  }

  /** No lane is from `shutdown` on: draining would not end otherwise. */
  #isOpen(lane: Lane<R>): boolean {
    return lane.state !== "closed" && this.#shutdown === undefined;
  }

  #wakeForArrival(nowMs: number): void {
    for (const lane of this.lanes) {
      if (lane.state === "closed") continue;
      const wakeMs = lane.wakeAfterAccept(nowMs, this.#isUrgent(lane));
      if (wakeMs < this.wakeAtMs) this.wakeAtMs = wakeMs;
    }
  }

  /** Records that are pending before they are offered; each is taken off again (-1) right before it is offered or lost. */
  countHeld(records: number): void {
    for (const lane of this.lanes) lane.account.held(records);
  }

  /** A record that is counted as dropped before it could be offered: a processor refused it. */
  countLost(reason: DropReason): void {
    for (const lane of this.lanes) lane.account.lostBeforeOffer(reason);
  }

  /** One transition. The returned effects are to be run in order, before the next step. */
  step(event: CoreEvent<R>, nowMs: number): readonly Effect<R>[] {
    if (!this.#isClosed) {
      this.#apply(event, nowMs);
      this.#advance(nowMs);
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #apply(event: CoreEvent<R>, nowMs: number): void {
    switch (event.kind) {
      case "hurry":
        this.#hurriedEpoch = this.#openEpoch();
        break;
      case "outcome":
        this.#outcomes?.take(event.batch, event.outcome, nowMs);
        break;
      case "unloaded":
        this.#takeUnloaded(event.reason, nowMs);
        break;
      case "stalled":
        for (const lane of this.lanes) lane.forgiveStall(event.forMs, nowMs);
        break;
      case "flush":
        this.#beginFlush(event.flushId, nowMs + event.timeoutMs);
        break;
      case "shutdown":
        this.#shutdown ??= { deadlineMs: nowMs + event.timeoutMs, lostBefore: this.#lost() };
        break;
    }
  }

  /** All that is due now, until nothing is. */
  #advance(nowMs: number): void {
    const latestDeadlineMs = this.#shutdown?.deadlineMs ?? Number.POSITIVE_INFINITY;
    for (const lane of this.lanes) {
      for (const batch of lane.batches?.overdue(nowMs) ?? []) {
        if (nowMs >= latestDeadlineMs) break;
        this.#effects.push({ kind: "abort", batch });
        this.#outcomes?.take(batch, { kind: "busy", reason: "no answer in time", maybeDelivered: true }, nowMs);
      }
      if (lane.expire(nowMs) > 0) this.#warnings.addLoss(lane.index, "delivery_timeout", nowMs);
      if (nowMs >= latestDeadlineMs) continue;
      if (lane.batches === undefined) this.#loadWhenDue(lane, nowMs);
      for (;;) {
        const batch = lane.batches?.next(nowMs, this.#isUrgent(lane), latestDeadlineMs);
        if (batch === undefined) break;
        this.#effects.push({ kind: "send", batch });
      }
    }
    this.#endFlushes(nowMs);
    this.#endShutdown(nowMs);
    this.wakeAtMs = this.#nextWakeMs(nowMs);
  }

  #nextWakeMs(nowMs: number): number {
    if (this.#isClosed) return Number.POSITIVE_INFINITY;
    let wakeMs = this.#shutdown?.deadlineMs ?? Number.POSITIVE_INFINITY;
    for (const flush of this.#flushes) wakeMs = Math.min(wakeMs, flush.deadlineMs);
    for (const lane of this.lanes) wakeMs = Math.min(wakeMs, lane.wakeAtMs(nowMs, this.#isUrgent(lane)));
    return wakeMs;
  }

  // ---- What sends

  /** The code that sends is there. A core of its own takes each step once it has it; the shell takes one after this. */
  equip(Made: typeof Outcomes): void {
    this.#outcomes = new Made(this.lanes, this.#shared, this.#overload, this.#warnings, this.#seed);
  }

  /** Before the first batch: asks for the code that sends it, and again some time after that could not be loaded. */
  #loadWhenDue(lane: Lane<R>, nowMs: number): void {
    if (!lane.isDue(nowMs, this.#isUrgent(lane))) return;
    this.#shared.sendsFromMs = Number.POSITIVE_INFINITY;
    this.#effects.push({ kind: "load" });
  }

  #takeUnloaded(reason: string, nowMs: number): void {
    this.#shared.sendsFromMs = nowMs + LOAD_AGAIN_MS;
    for (const lane of this.lanes) {
      if (lane.inMemory === 0) continue;
      lane.lastError = reason;
      lane.enter("backing-off", nowMs);
      this.#warnings.add(lane.index, "backing-off", nowMs, reason);
    }
  }

  // ---- Flush and shutdown

  /** More is to come from disk: what waits for everything waits for that too. */
  get #hasBacklog(): boolean {
    return this.#shared.disk?.hasBacklog === true;
  }

  /** A flush or a shutdown waits for this lane: its batches don't linger. */
  #isUrgent(lane: Lane<R>): boolean {
    if (this.#shutdown !== undefined) return true;
    const newest = this.#flushes.at(-1);
    if (newest === undefined) return !lane.account.isSettledThrough(this.#hurriedEpoch);
    return this.#hasBacklog || !lane.account.isSettledThrough(Math.max(newest.epoch, this.#hurriedEpoch));
  }

  /** What was offered until now is told from what comes: answers the epoch that is over. */
  #openEpoch(): number {
    for (const lane of this.lanes) lane.account.openEpoch();
    this.#epoch += 1;
    return this.#epoch - 1;
  }

  #beginFlush(flushId: number, deadlineMs: number): void {
    this.#flushes.push({ flushId, epoch: this.#openEpoch(), deadlineMs, lostBefore: this.#lost() });
  }

  #endFlushes(nowMs: number): void {
    this.#flushes = this.#flushes.filter((flush) => {
      const isSettled = !this.#hasBacklog && this.lanes.every((lane) => lane.account.isSettledThrough(flush.epoch));
      if (!isSettled && nowMs < flush.deadlineMs) return true;
      this.#effects.push({
        kind: "flushed",
        flushId: flush.flushId,
        timedOut: !isSettled,
        lossless: this.#lost() === flush.lostBefore,
      });
      return false;
    });
  }

  #endShutdown(nowMs: number): void {
    if (this.#shutdown === undefined) return;
    const isDrained = !this.#hasBacklog && this.lanes.every((lane) => lane.inMemory === 0);
    if (!isDrained && nowMs < this.#shutdown.deadlineMs) return;
    for (const lane of this.lanes) {
      const lostBefore = lane.ledger.dropped.shutdown_timeout;
      for (const batch of lane.abandon("shutdown_timeout", nowMs)) this.#effects.push({ kind: "abort", batch });
      if (lane.ledger.dropped.shutdown_timeout > lostBefore)
        this.#warnings.addLoss(lane.index, "shutdown_timeout", nowMs);
      lane.state = "closed";
    }
    // A flush that still waits, perhaps for what lies on disk, is answered now or never.
    this.#endFlushes(Number.POSITIVE_INFINITY);
    this.#effects.push({
      kind: "closed",
      timedOut: !isDrained,
      lossless: this.#lost() === this.#shutdown.lostBefore,
    });
    this.#isClosed = true;
  }

  #lost(): number {
    let lost = 0;
    for (const lane of this.lanes) lost += lane.ledger.lost;
    return lost;
  }
}
