import type { DropReason } from "../../contract/ledger.ts";
import type { Batch } from "./batch.ts";
import type { Lane } from "./lane.ts";
import type { SharedByLanes } from "./lane-account.ts";
import type { CoreRecord, SpanSlot } from "./record.ts";
import type { Warnings } from "./warnings.ts";

/** How much of the byte bound is freed in one go when payloads are shed, so that the search for them is rare. */
const SHED_SHARE = 0.25;
/** A record lighter than this is not searched for a payload to shed. */
const MIN_SHEDDABLE_BYTES = 2048;
/** How far into a queue the search for a START record that can give way goes. */
const EVICTION_SEARCH = 32;
/** The fullest lanes are asked first; what they have in flight they can't give. */
const LAGGARD_PARTS = [1 / 2, 1 / 4] as const;

/** Bounds of what all lanes hold together; what lanes share counts once. */
export interface QueueBounds {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * Makes room when a bound of the queue is passed: payload before structure, STARTs before ENDs, the laggard before the
 * healthy. With a disk, what lies there leaves memory first.
 */
export class Overload<R extends CoreRecord> {
  readonly #lanes: readonly Lane<R>[];
  readonly #bounds: QueueBounds;
  readonly #shared: SharedByLanes<R>;
  readonly #warnings: Warnings<R>;
  /** Bytes of payload offered since the last search for payloads to shed found all it could. */
  #sheddableBytes = 0;

  constructor(lanes: readonly Lane<R>[], bounds: QueueBounds, shared: SharedByLanes<R>, warnings: Warnings<R>) {
    this.#lanes = lanes;
    this.#bounds = bounds;
    this.#shared = shared;
    this.#warnings = warnings;
  }

  /** A record was accepted: keeps the bounds, at the cost of others or of the record itself. */
  accepted(slot: SpanSlot<R>, record: R, nowMs: number): void {
    if (record.bytes >= MIN_SHEDDABLE_BYTES) this.#sheddableBytes += record.bytes;
    if (this.#passedBound() !== undefined) this.#relieve(slot, record, nowMs);
  }

  /** A lane made a copy beside a record that others hold: keeps the bounds, in the end at the cost of that copy. */
  copied(nowMs: number): void {
    if (this.#passedBound() === undefined) return;
    if (this.#shared.disk !== undefined) this.#spillOldest();
    this.#makeLaggardsGiveWay(nowMs);
    this.#evictOldest(this.#lanes, nowMs);
  }

  /** A lone record that the back end calls too large goes on without its payloads. False when there are none to shed. */
  shedBatched(lane: Lane<R>, batch: Batch<R>): boolean {
    const record = batch.records[0]!;
    const copy = batch.isShed ? undefined : this.#shared.memory.shed(record);
    if (copy === undefined) return false;
    batch.isShed = true;
    this.#hold(copy, record);
    // Where it is still the newest of its span, other lanes keep the original.
    batch.records[0] = copy;
    lane.account.shed(record, copy);
    this.#unhold(copy);
    return true;
  }

  #passedBound(): "queue_full" | "queue_full_bytes" | undefined {
    if (this.#shared.heldRecords > this.#bounds.maxRecords) return "queue_full";
    return this.#shared.memory.bytes > this.#bounds.maxBytes ? "queue_full_bytes" : undefined;
  }

  /** Why what has no room is dropped. */
  #refusal(): DropReason | undefined {
    const bound = this.#passedBound();
    return bound !== undefined && this.#shared.disk?.isFull ? "spool_full" : bound;
  }

  #relieve(slot: SpanSlot<R>, record: R, nowMs: number): void {
    if (this.#shared.disk !== undefined) this.#spillOldest();
    if (this.#passedBound() === undefined) return;
    if (this.#shared.memory.bytes > this.#bounds.maxBytes) this.#shedPayloads(nowMs);
    if (record.phase === "ended") this.#evictOldestStart(this.#laggards(LAGGARD_PARTS[0]), slot, nowMs);
    this.#makeLaggardsGiveWay(nowMs);
    this.#evict(slot, this.#lanes, nowMs);
    // A marker takes room of its own, and a payload that others share gives none back.
    this.#evictOldest(this.#lanes, nowMs);
  }

  /** What lies on disk needs no place here: it is read back when there is room. */
  #spillOldest(): void {
    const { disk } = this.#shared;
    for (const lane of this.#lanes) {
      for (let tries = 0; tries < EVICTION_SEARCH && this.#passedBound() !== undefined; tries++) {
        const slot = lane.queue.head;
        if (slot === undefined || !disk!.keeps(slot.latest!)) break;
        for (const holder of this.#lanes) holder.evict(slot, "queue_full");
      }
    }
  }

  /** Lanes that hold at least this part of what the fullest one holds: the others are not asked to give way for it. */
  #laggards(part: number): readonly Lane<R>[] {
    let most = 0;
    for (const lane of this.#lanes) most = Math.max(most, lane.ledger.pending);
    return this.#lanes.filter((lane) => lane.ledger.pending >= most * part);
  }

  /** Others still hold the newcomer: the laggards' oldest records, which the others have long delivered, go instead. */
  #makeLaggardsGiveWay(nowMs: number): void {
    const open = this.#lanes.filter(({ state }) => state !== "closed").length;
    for (const part of LAGGARD_PARTS) {
      const laggards = this.#laggards(part);
      if (this.#passedBound() === undefined || laggards.length >= open) return;
      this.#evictOldest(laggards, nowMs);
    }
  }

  #evict(slot: SpanSlot<R>, lanes: readonly Lane<R>[], nowMs: number): void {
    const reason = this.#refusal();
    if (reason === undefined) return;
    for (const lane of lanes) {
      if (lane.evict(slot, reason)) this.#warnings.addLoss(lane.index, reason, nowMs);
    }
  }

  /** A START says little that its END will not say again. */
  #evictOldestStart(lanes: readonly Lane<R>[], incoming: SpanSlot<R>, nowMs: number): void {
    if (this.#passedBound() === undefined) return;
    const { queue } = lanes[0]!;
    const reach = Math.min(EVICTION_SEARCH, queue.positions);
    for (let position = 0; position < reach; position++) {
      const slot = queue.at(position);
      if (slot === undefined || slot === incoming || slot.latest?.phase !== "started") continue;
      if (this.#isHeldOnlyBy(lanes, slot)) this.#evict(slot, lanes, nowMs);
      if (this.#passedBound() === undefined) return;
    }
  }

  #evictOldest(lanes: readonly Lane<R>[], nowMs: number): void {
    for (const lane of lanes) {
      for (let tries = 0; tries < EVICTION_SEARCH; tries++) {
        const slot = lane.queue.head;
        if (slot === undefined || this.#passedBound() === undefined) break;
        if (this.#isHeldOnlyBy(lanes, slot)) this.#evict(slot, lanes, nowMs);
        else lane.queue.postponeHead();
      }
      for (let reason = this.#refusal(); reason !== undefined; reason = this.#refusal()) {
        if (lane.batches?.evict(reason, nowMs) !== true) break;
        this.#warnings.addLoss(lane.index, reason, nowMs);
      }
    }
  }

  /** Whether room is made when these lanes let go of a span's newest record. */
  #isHeldOnlyBy(lanes: readonly Lane<R>[], slot: SpanSlot<R>): boolean {
    let claims = 0;
    for (const lane of lanes) if (((slot.queued | slot.waiting) & lane.bit) !== 0) claims += 1;
    return claims === slot.latest!.holders;
  }

  /**
   * Replaces the largest queued payloads by markers until a quarter of the bound is free. One search frees much, and
   * none follows before as much again has been offered, so that its cost is spread over what made it necessary.
   */
  #shedPayloads(nowMs: number): void {
    const { memory } = this.#shared;
    const enough = this.#bounds.maxBytes * (1 - SHED_SHARE);
    if (this.#sheddableBytes < this.#bounds.maxBytes * (SHED_SHARE / 4)) return;
    const classes = this.#queuedBySize();
    for (let size = classes.length - 1; size >= 0; size--) {
      for (const slot of classes[size] ?? []) {
        if (memory.bytes <= enough) return;
        this.#shed(slot, nowMs);
      }
    }
    this.#sheddableBytes = 0;
  }

  /** Spans that stand in queues alone, by the magnitude of what they weigh (the power of two). */
  #queuedBySize(): SpanSlot<R>[][] {
    const classes: SpanSlot<R>[][] = [];
    const seen = new Set<SpanSlot<R>>();
    for (const { queue } of this.#lanes) {
      for (let position = 0; position < queue.positions; position++) {
        const slot = queue.at(position);
        if (slot === undefined || slot.batched !== 0 || seen.has(slot)) continue;
        seen.add(slot);
        const { bytes } = slot.latest!;
        if (bytes < MIN_SHEDDABLE_BYTES) continue;
        const size = 31 - Math.clz32(bytes);
        classes[size] ??= [];
        classes[size].push(slot);
      }
    }
    return classes;
  }

  #shed(slot: SpanSlot<R>, nowMs: number): void {
    const record = slot.latest!;
    const copy = this.#shared.memory.shed(record);
    if (copy === undefined) return;
    this.#hold(copy, record);
    slot.latest = copy;
    for (const lane of this.#lanes) {
      if ((slot.queued & lane.bit) === 0) continue;
      lane.shedQueued(record, copy);
      this.#warnings.add(lane.index, "payloads-shed", nowMs, SHED_DETAIL);
    }
    this.#unhold(copy);
  }

  /** Holds a copy without payloads while lanes pass their claim from the original to it. */
  #hold(copy: R, record: R): void {
    copy.epoch = record.epoch;
    copy.offeredAtMs = record.offeredAtMs;
    copy.holders = 1;
    this.#shared.heldRecords += 1;
    this.#shared.memory.hold(copy);
  }

  #unhold(copy: R): void {
    copy.holders -= 1;
    if (copy.holders > 0) return;
    this.#shared.heldRecords -= 1;
    this.#shared.memory.release(copy);
  }
}

const SHED_DETAIL = "the queue is full: the largest payloads are replaced by markers";
