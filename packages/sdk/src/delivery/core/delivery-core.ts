import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { DropReason } from "../../contract/ledger.ts";
import type { Batch } from "./batch.ts";
import type { Effect, WarningTopic } from "./effect.ts";
import { Lane, type LaneConfig, type SharedByLanes } from "./lane.ts";
import { seededRandom } from "./random.ts";
import type { Revision, RevisionDisk, RevisionMemory, SpanEntry } from "./revision.ts";

export interface CoreConfig<R extends Revision> {
  readonly lanes: readonly LaneConfig[];
  /** Bounds of what all lanes hold together; what lanes share counts once. */
  readonly queue: { readonly maxRecords: number; readonly maxBytes: number };
  readonly memory: RevisionMemory<R>;
  /** Where overflow goes, and what is left at shutdown; without it both are lost. */
  readonly disk?: RevisionDisk<R> | undefined;
  /** Seeds the jitter: the core's only randomness. */
  readonly seed: number;
}

/** What happened outside. `offer` has a method of its own, because it is on the application's path. */
export type CoreEvent<R extends Revision = Revision> =
  | { readonly kind: "timer" }
  | { readonly kind: "outcome"; readonly batch: Batch<R>; readonly outcome: ExportOutcome }
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

/** A 31st lane would not fit into the bit masks of `SpanEntry`. */
export const MAX_LANES = 30;

/** How much of the byte bound is freed at once when payloads are shed, so that the search for them is rare. */
const SHED_SHARE = 0.25;
/** A lane that alone fills so much of the queue has all its requests at once. */
const PRESSED_SHARE = 0.25;
/** Payloads smaller than this stay: their marker would be as large. */
const MIN_SHED_BYTES = 2048;
/** How far into a queue the search for a START record that can give way goes. */
const EVICTION_SEARCH = 32;
/** The fullest lanes are asked first; what they have under way they can't give. */
const LAGGARD_PARTS = [1 / 2, 1 / 4] as const;
const WARNING_INTERVAL_MS = 60_000;

/**
 * Delivery as a pure state machine: batching, order, retry, breaker, bounds, flush, shutdown and the account of it
 * all. `step(event, nowMs) -> effects`; between steps nothing happens. Times are of one monotonic clock.
 *
 * The shell runs the effects and calls `step({kind: "timer"})` at `wakeAtMs`, or later.
 */
export class DeliveryCore<R extends Revision> {
  readonly lanes: readonly Lane<R>[];
  /** When the shell should next call `step({kind: "timer"})`; Infinity when there is nothing to wait for. */
  wakeAtMs = Number.POSITIVE_INFINITY;
  /** More is to come from disk by `restore`: flushes and the shutdown wait for it too. Set by the shell. */
  hasBacklog = false;

  readonly #queue: { readonly maxRecords: number; readonly maxBytes: number };
  readonly #memory: RevisionMemory<R>;
  readonly #disk: RevisionDisk<R> | undefined;
  readonly #shared: SharedByLanes<R>;
  #effects: Effect<R>[] = [];
  #flushes: Flush[] = [];
  #epoch = 0;
  #shutdown: { readonly deadlineMs: number; readonly lostBefore: number } | undefined = undefined;
  #isClosed = false;
  /** Bytes of payload offered since the last search for payloads to shed found all it could. */
  #sheddableBytes = 0;
  readonly #lastWarningMs = new Map<string, number>();

  constructor(config: CoreConfig<R>) {
    const { maxRecords, maxBytes } = config.queue;
    let lastBatchId = 0;
    this.#queue = config.queue;
    this.#memory = config.memory;
    this.#disk = config.disk;
    this.#shared = {
      memory: config.memory,
      disk: config.disk,
      heldRevisions: 0,
      pressed: { records: maxRecords * PRESSED_SHARE, bytes: maxBytes * PRESSED_SHARE },
      newBatchId: () => ++lastBatchId,
    };
    this.lanes = config.lanes.map(
      (lane, index) => new Lane<R>(index, lane, this.#shared, seededRandom(config.seed + index)),
    );
  }

  get heldRevisions(): number {
    return this.#shared.heldRevisions;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Hands a span's newest revision to every lane. Synchronous, O(lanes), never refuses with an error: what can't be
   * kept is counted. Emits no effect but warnings; what is due is sent by the next timer step.
   */
  offer(entry: SpanEntry<R>, revision: R, nowMs: number, origin: "created" | "recovered" = "created"): void {
    const older = entry.latest;
    revision.epoch = this.#epoch;
    revision.offeredAtMs = nowMs;
    this.#countArrival(revision, origin);
    const takers = this.#openLanes();
    if (takers === 0) return;
    revision.holders = takers;
    this.#shared.heldRevisions += 1;
    this.#memory.hold(revision);
    for (const lane of this.lanes) {
      if (lane.state !== "closed") lane.accept(entry, revision, older, nowMs);
    }
    entry.latest = revision;
    if (revision.bytes >= MIN_SHED_BYTES) this.#sheddableBytes += revision.bytes;
    if (this.#overfull() !== undefined) this.#relieve(entry, revision, nowMs);
    this.#wakeForArrival(nowMs);
  }

  /**
   * Takes a record from disk into the lanes of the mask that are open; answers which those are. `orphan`: another
   * process wrote it, so here it is `recovered`. `spool`: it had overflowed from this very queue. The record is alone
   * of its span: nothing newer comes after it.
   */
  restore(entry: SpanEntry<R>, revision: R, lanes: number, from: "orphan" | "spool", nowMs: number): number {
    const takers = this.lanes.filter((lane) => (lanes & lane.bit) !== 0 && lane.state !== "closed");
    if (takers.length === 0) return 0;
    revision.epoch = this.#flushes[0]?.epoch ?? this.#epoch;
    revision.offeredAtMs = nowMs;
    revision.holders = takers.length;
    this.#shared.heldRevisions += 1;
    this.#memory.hold(revision);
    let taken = 0;
    for (const lane of takers) {
      if (from === "orphan") lane.ledger.recovered += 1;
      else lane.ledger.spooled -= 1;
      lane.accept(entry, revision, undefined, nowMs);
      taken |= lane.bit;
    }
    entry.latest = revision;
    this.#wakeForArrival(nowMs);
    return taken;
  }

  #countArrival(revision: R, origin: "created" | "recovered"): void {
    for (const lane of this.lanes) {
      lane.ledger[origin] += 1;
      if (lane.state === "closed" || this.#shutdown !== undefined) {
        lane.ledger.dropped[lane.config.disabled ? "disabled" : "shutdown"] += 1;
        this.#disk?.settled(lane.index, revision, "dropped");
      }
    }
  }

  /** None from `shutdown` on: draining would not end otherwise. */
  #openLanes(): number {
    if (this.#shutdown !== undefined) return 0;
    let open = 0;
    for (const lane of this.lanes) if (lane.state !== "closed") open += 1;
    return open;
  }

  #wakeForArrival(nowMs: number): void {
    for (const lane of this.lanes) {
      if (lane.state === "closed") continue;
      const wakeMs = lane.wakeAfterAccept(nowMs, this.#isUrgent(lane));
      if (wakeMs < this.wakeAtMs) this.wakeAtMs = wakeMs;
    }
  }

  /** A record that is counted as lost before it could be offered (a processor refused it, its capture failed). */
  countLost(reason: DropReason): void {
    for (const lane of this.lanes) {
      lane.ledger.created += 1;
      lane.ledger.dropped[reason] += 1;
    }
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
      case "timer":
        break;
      case "outcome":
        this.#takeOutcome(event.batch, event.outcome, nowMs);
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
      for (const batch of lane.overdue(nowMs)) {
        if (nowMs >= latestDeadlineMs) break;
        this.#effects.push({ kind: "abort", batch });
        this.#takeOutcome(batch, { kind: "busy", reason: "no answer in time", maybeDelivered: true }, nowMs);
      }
      if (lane.expire(nowMs) > 0) this.#warnOfLoss(lane, "delivery_timeout", nowMs);
      if (nowMs >= latestDeadlineMs) continue;
      for (;;) {
        const batch = lane.nextBatch(nowMs, this.#isUrgent(lane), latestDeadlineMs);
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

  // ---- Outcomes

  #takeOutcome(batch: Batch<R>, outcome: ExportOutcome, nowMs: number): void {
    const lane = this.lanes[batch.lane]!;
    if (!lane.land(batch)) return;
    switch (outcome.kind) {
      case "delivered":
        this.#noteRecovery(lane, nowMs);
        lane.settleBatch(batch, () => false, nowMs);
        break;
      case "partial":
        this.#takePartial(lane, batch, outcome.rejected, nowMs);
        break;
      case "busy":
        lane.lastError = outcome.reason;
        lane.backOff(batch, outcome.retryAfterMs, outcome.maybeDelivered === true, nowMs);
        if (lane.failures === 1) this.#warn(lane, "backing-off", outcome.reason, nowMs);
        break;
      case "tooLarge":
        this.#takeTooLarge(lane, batch, nowMs);
        break;
      case "poison":
        lane.lastError = outcome.reason;
        if (batch.size > 1) {
          lane.split(batch, false, nowMs);
        } else {
          lane.settleBatch(batch, () => true, nowMs);
          this.#warnOfLoss(lane, "rejected", nowMs, outcome.reason);
        }
        break;
      case "misconfigured":
        lane.lastError = outcome.reason;
        if (lane.pause(batch, nowMs)) this.#warn(lane, "paused", outcome.reason, nowMs);
        break;
    }
  }

  #takePartial(
    lane: Lane<R>,
    batch: Batch<R>,
    rejected: readonly { readonly id: string; readonly reason: string }[],
    nowMs: number,
  ): void {
    this.#noteRecovery(lane, nowMs);
    const sent = new Set(batch.revisions.map((revision) => revision.id));
    const refused = new Set<string>();
    let unknown = 0;
    for (const { id } of rejected) {
      if (sent.has(id)) refused.add(id);
      else unknown += 1;
    }
    lane.settleBatch(batch, (id) => refused.has(id), nowMs);
    if (unknown > 0) this.#warn(lane, "unknown-rejection", `${unknown} rejected spans were not in the batch`, nowMs);
    if (refused.size === 0) return;
    const reason = rejected.find(({ id }) => refused.has(id))?.reason ?? "";
    lane.lastError = reason;
    this.#warnOfLoss(lane, "rejected", nowMs, reason);
  }

  /** Fewer records at once; a record that is alone and still too large goes without its payload; then it is lost. */
  #takeTooLarge(lane: Lane<R>, batch: Batch<R>, nowMs: number): void {
    if (batch.size > 1) {
      lane.split(batch, true, nowMs);
    } else if (this.#lightenBatch(lane, batch)) {
      lane.retryNow(batch, nowMs);
    } else {
      lane.lastError = "a record is larger than the back end takes";
      lane.loseOversize(batch, nowMs);
      this.#warnOfLoss(lane, "oversize", nowMs);
    }
  }

  #lightenBatch(lane: Lane<R>, batch: Batch<R>): boolean {
    const heavy = batch.revisions[0]!;
    const light = batch.shrunk ? undefined : this.#memory.lighten(heavy);
    if (light === undefined) return false;
    batch.shrunk = true;
    this.#hold(light, heavy);
    lane.replaceBatched(batch, heavy, light);
    this.#unhold(light);
    return true;
  }

  #noteRecovery(lane: Lane<R>, nowMs: number): void {
    if (lane.state === "paused") this.#warn(lane, "recovered", "the back end takes spans again", nowMs);
  }

  // ---- Overload: payload before structure, STARTs before ENDs, the laggard before the healthy

  #overfull(): "queue_full" | "queue_full_bytes" | undefined {
    if (this.#shared.heldRevisions > this.#queue.maxRecords) return "queue_full";
    return this.#memory.bytes > this.#queue.maxBytes ? "queue_full_bytes" : undefined;
  }

  /** Why what has no room is lost. */
  #refusal(): DropReason | undefined {
    const bound = this.#overfull();
    return bound !== undefined && this.#disk?.isFull ? "spool_full" : bound;
  }

  #relieve(entry: SpanEntry<R>, revision: R, nowMs: number): void {
    if (this.#disk !== undefined) this.#spillOldest(this.#disk);
    if (this.#overfull() === undefined) return;
    if (this.#memory.bytes > this.#queue.maxBytes) this.#shedPayloads(nowMs);
    if (revision.phase === "ended") this.#evictOldestStart(this.#laggards(LAGGARD_PARTS[0]), entry, nowMs);
    this.#makeLaggardsGiveWay(nowMs);
    this.#evict(entry, this.lanes, nowMs);
    // A marker takes room of its own, and a payload that others share gives none back.
    this.#evictOldest(this.lanes, nowMs);
  }

  /** What lies on disk needs no place here: it is read back when there is room. */
  #spillOldest(disk: RevisionDisk<R>): void {
    for (const lane of this.lanes) {
      for (let tries = 0; tries < EVICTION_SEARCH && this.#overfull() !== undefined; tries++) {
        const entry = lane.oldestQueued;
        if (entry === undefined || !disk.keeps(entry.latest!)) break;
        for (const holder of this.lanes) holder.evict(entry, "queue_full");
      }
    }
  }

  /** Lanes that hold at least this part of what the fullest one holds: the others are not asked to give way for it. */
  #laggards(part: number): readonly Lane<R>[] {
    let most = 0;
    for (const lane of this.lanes) most = Math.max(most, lane.ledger.pending);
    return this.lanes.filter((lane) => lane.ledger.pending >= most * part);
  }

  /** Others still hold the newcomer: the laggards' oldest records, which the others have long delivered, go instead. */
  #makeLaggardsGiveWay(nowMs: number): void {
    for (const part of LAGGARD_PARTS) {
      const laggards = this.#laggards(part);
      if (this.#overfull() === undefined || laggards.length >= this.#openLanes()) return;
      this.#evictOldest(laggards, nowMs);
    }
  }

  #evict(entry: SpanEntry<R>, lanes: readonly Lane<R>[], nowMs: number): void {
    const reason = this.#refusal();
    if (reason === undefined) return;
    for (const lane of lanes) {
      if (lane.evict(entry, reason)) this.#warnOfLoss(lane, reason, nowMs);
    }
  }

  /** A START says little that its END will not say again. */
  #evictOldestStart(lanes: readonly Lane<R>[], incoming: SpanEntry<R>, nowMs: number): void {
    if (this.#overfull() === undefined) return;
    const first = lanes[0]!;
    const reach = Math.min(EVICTION_SEARCH, first.queuePositions);
    for (let position = 0; position < reach; position++) {
      const entry = first.queuedAt(position);
      if (entry === undefined || entry === incoming || entry.latest?.phase !== "started") continue;
      if (this.#isHeldOnlyBy(lanes, entry)) this.#evict(entry, lanes, nowMs);
      if (this.#overfull() === undefined) return;
    }
  }

  #evictOldest(lanes: readonly Lane<R>[], nowMs: number): void {
    for (const lane of lanes) {
      for (let tries = 0; tries < EVICTION_SEARCH; tries++) {
        const entry = lane.oldestQueued;
        if (entry === undefined || this.#overfull() === undefined) break;
        if (this.#isHeldOnlyBy(lanes, entry)) this.#evict(entry, lanes, nowMs);
        else lane.postponeOldest();
      }
      for (let reason = this.#refusal(); reason !== undefined; reason = this.#refusal()) {
        if (!lane.evictRetried(reason, nowMs)) break;
        this.#warnOfLoss(lane, reason, nowMs);
      }
    }
  }

  /** Whether room is made when these lanes let go of a span's newest revision. */
  #isHeldOnlyBy(lanes: readonly Lane<R>[], entry: SpanEntry<R>): boolean {
    let claims = 0;
    for (const lane of lanes) if (((entry.queued | entry.waiting) & lane.bit) !== 0) claims += 1;
    return claims === entry.latest!.holders;
  }

  /**
   * Replaces the largest queued payloads by markers until a quarter of the bound is free. One search frees much, and
   * none follows before as much again has been offered, so that its cost is spread over what made it necessary.
   */
  #shedPayloads(nowMs: number): void {
    const enough = this.#queue.maxBytes * (1 - SHED_SHARE);
    if (this.#sheddableBytes < this.#queue.maxBytes * (SHED_SHARE / 4)) return;
    const classes: SpanEntry<R>[][] = [];
    const seen = new Set<SpanEntry<R>>();
    for (const lane of this.lanes) {
      for (let position = 0; position < lane.queuePositions; position++) {
        const entry = lane.queuedAt(position);
        if (entry === undefined || entry.batched !== 0 || seen.has(entry)) continue;
        seen.add(entry);
        const bytes = entry.latest!.bytes;
        if (bytes < MIN_SHED_BYTES) continue;
        const size = 31 - Math.clz32(bytes);
        classes[size] ??= [];
        classes[size].push(entry);
      }
    }
    for (let size = classes.length - 1; size >= 0; size--) {
      for (const entry of classes[size] ?? []) {
        if (this.#memory.bytes <= enough) return;
        this.#shed(entry, nowMs);
      }
    }
    this.#sheddableBytes = 0;
  }

  #shed(entry: SpanEntry<R>, nowMs: number): void {
    const heavy = entry.latest!;
    const light = this.#memory.lighten(heavy);
    if (light === undefined) return;
    this.#hold(light, heavy);
    entry.latest = light;
    for (const lane of this.lanes) {
      if ((entry.queued & lane.bit) === 0) continue;
      lane.replaceQueued(heavy, light);
      this.#warn(lane, "payloads-shed", "the queue is full: the largest payloads are replaced by markers", nowMs);
    }
    this.#unhold(light);
  }

  /** Holds a lighter copy while lanes pass their claim from the original to it. */
  #hold(light: R, heavy: R): void {
    light.epoch = heavy.epoch;
    light.offeredAtMs = heavy.offeredAtMs;
    light.holders = 1;
    this.#shared.heldRevisions += 1;
    this.#memory.hold(light);
  }

  #unhold(light: R): void {
    light.holders -= 1;
    if (light.holders > 0) return;
    this.#shared.heldRevisions -= 1;
    this.#memory.release(light);
  }

  // ---- Flush and shutdown

  /** A flush or a shutdown waits for this lane: batches don't linger. */
  #isUrgent(lane: Lane<R>): boolean {
    if (this.#shutdown !== undefined) return true;
    // On the application's path, where nearly always nobody waits.
    if (this.#flushes.length === 0) return false;
    const newest = this.#flushes[this.#flushes.length - 1]!;
    return this.hasBacklog || !lane.isSettledThrough(newest.epoch);
  }

  #beginFlush(flushId: number, deadlineMs: number): void {
    this.#flushes.push({ flushId, epoch: this.#epoch, deadlineMs, lostBefore: this.#lost() });
    this.#epoch += 1;
    for (const lane of this.lanes) lane.openEpoch();
  }

  #endFlushes(nowMs: number): void {
    if (this.#flushes.length === 0) return;
    this.#flushes = this.#flushes.filter((flush) => {
      const isSettled = !this.hasBacklog && this.lanes.every((lane) => lane.isSettledThrough(flush.epoch));
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
    const isDrained = !this.hasBacklog && this.lanes.every((lane) => lane.inMemory === 0);
    if (!isDrained && nowMs < this.#shutdown.deadlineMs) return;
    for (const lane of this.lanes) {
      const lostBefore = lane.ledger.dropped.shutdown_timeout;
      for (const batch of lane.abandon("shutdown_timeout", nowMs)) this.#effects.push({ kind: "abort", batch });
      if (lane.ledger.dropped.shutdown_timeout > lostBefore) this.#warnOfLoss(lane, "shutdown_timeout", nowMs);
      lane.state = "closed";
    }
    // Whoever still waits, perhaps for what lies on disk, is answered now or never.
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
    for (const lane of this.lanes) lost += lane.ledger.droppedTotal;
    return lost;
  }

  // ---- Warnings

  #warnOfLoss(lane: Lane<R>, reason: DropReason, nowMs: number, detail = ""): void {
    this.#warn(lane, "dropped", detail === "" ? reason : `${reason}: ${detail}`, nowMs, reason);
  }

  /** At most one of a kind in a minute: on the way of a million drops this costs one look-up each. */
  #warn(lane: Lane<R>, topic: WarningTopic, detail: string, nowMs: number, kind: string = topic): void {
    const key = `${lane.index}${kind}`;
    const lastMs = this.#lastWarningMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < WARNING_INTERVAL_MS) return;
    this.#lastWarningMs.set(key, nowMs);
    this.#effects.push({ kind: "warn", lane: lane.index, topic, detail });
  }
}
