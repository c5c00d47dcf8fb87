import type { FlushResult, LaneStats } from "../contract/account.ts";
import type { Cancel, Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { DropReason } from "../contract/ledger.ts";
import { Attempts } from "../delivery/attempts.ts";
import type { Batch } from "../delivery/core/batch.ts";
import type { SharedByLanes } from "../delivery/core/lane-account.ts";
import type { SpanSlot } from "../delivery/core/record.ts";
import { laneStats } from "../delivery/lane-stats.ts";
import type { PipelineOptions } from "../delivery/pipeline-options.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";
import { EdgeLane } from "./edge-lane.ts";
import { RecordMemory } from "./record-memory.ts";

/** How often a flush looks after what another request has in flight: nothing of that request may wake this one. */
const LOOK_MS = 50;
/** A timer this late belonged to a request that is over. */
const LATE_TIMER_MS = 1_000;
/** How long past its deadline a shutdown waits for exporters to close. */
const EXPORTER_SHUTDOWN_GRACE_MS = 25;

/** A flush that waits. Only what was begun on its behalf wakes it before its time. */
interface Waiter {
  wake(): void;
}

/**
 * In the place of `delivery/pipeline.ts`, for runtimes that stop between requests (Cloudflare Workers, edge functions):
 * there a request's timers and requests die with it, and a promise that is settled by one must not be awaited by another.
 * So whoever flushes sends, in the context of its own request, and takes back what a request that is over left in
 * flight. All that flushes share is data. The account is that of `delivery/core`.
 */
export class Pipeline {
  readonly #lanes: readonly EdgeLane[];
  readonly #memory = new RecordMemory();
  readonly #shared: SharedByLanes<SpanRecord>;
  readonly #attempts: Attempts;
  readonly #queue: PipelineOptions["queue"];
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  #epoch = 0;
  #batches = 0;
  /** Flushes and the shutdown, by the epoch through which they wait. */
  readonly #urgent = new Map<Waiter, number>();
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer: Cancel = () => {};
  #shutdown: Promise<FlushResult> | undefined;

  constructor(options: PipelineOptions) {
    this.#clock = options.clock;
    this.#diagnostics = options.diagnostics;
    this.#queue = options.queue;
    const pressed = { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
    const memory = this.#memory;
    this.#shared = {
      memory,
      disk: undefined,
      heldRecords: 0,
      pressed,
      sendsFromMs: 0,
      newBatchId: () => ++this.#batches,
    };
    this.#lanes = options.lanes.map(
      ({ exporter: { name, disabledReason }, batch, delivery }, index) =>
        new EdgeLane(index, { name, batch, delivery, disabled: disabledReason !== undefined }, this.#shared),
    );
    this.#attempts = new Attempts(options, undefined);
    for (const lane of this.#lanes) {
      if (lane.config.disabled) this.#warn(lane, "disabled", options.lanes[lane.index]!.exporter.disabledReason!);
    }
  }

  readonly mode = "memory" as const;

  /** On the application's path: never throws, sends nothing itself. */
  offer(slot: SpanSlot<SpanRecord>, record: SpanRecord, nowMs: number): void {
    record.epoch = this.#epoch;
    record.offeredAtMs = nowMs;
    const takers = this.#lanes.filter((lane) => this.#isTaken(lane, record));
    if (takers.length === 0) return;
    record.holders = takers.length;
    this.#shared.heldRecords += 1;
    this.#memory.hold(record);
    slot.latest = record;
    for (const lane of takers) lane.accept(slot, record);
    this.#keepBounds();
    this.#arm(nowMs);
  }

  /** Each revision is a record of its own. */
  revise(): boolean {
    return false;
  }

  #isTaken(lane: EdgeLane, record: SpanRecord): boolean {
    lane.account.arrived("created");
    if (lane.state !== "closed" && this.#shutdown === undefined) return true;
    lane.account.refused(record, lane.config.disabled ? "disabled" : "shutdown");
    return false;
  }

  countHeld(records: number): void {
    for (const lane of this.#lanes) lane.account.held(records);
  }

  countLost(reason: DropReason): void {
    for (const lane of this.#lanes) lane.account.lostBeforeOffer(reason);
  }

  get heldRecords(): number {
    return this.#shared.heldRecords;
  }

  get heldBytes(): number {
    return this.#memory.bytes;
  }

  laneStats(): Record<string, LaneStats> {
    return Object.fromEntries(this.#lanes.map((lane) => [lane.config.name, laneStats(lane)]));
  }

  // ---- Flush and shutdown

  flush(timeoutMs: number): Promise<FlushResult> {
    return this.#shutdown ?? this.#drain(timeoutMs);
  }

  /** Nothing is ever on disk. */
  async flushToDisk(): Promise<FlushResult> {
    return { ok: false, timedOut: false, lanes: this.laneStats() };
  }

  /** Never rejects; a second call gets the same promise. @param atLast offers what is to come last */
  shutdown(timeoutMs: number, atLast: () => void = () => undefined): Promise<FlushResult> {
    if (this.#shutdown === undefined) {
      atLast();
      this.#shutdown = this.#close(timeoutMs);
    }
    return this.#shutdown;
  }

  async #close(timeoutMs: number): Promise<FlushResult> {
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const lostBefore = this.#lost;
    const { timedOut } = await this.#drain(timeoutMs);
    for (const lane of this.#lanes) {
      const before = lane.ledger.dropped.shutdown_timeout;
      for (const batch of lane.abandon("shutdown_timeout")) this.#attempts.abort(batch);
      if (lane.ledger.dropped.shutdown_timeout > before) this.#warn(lane, "dropped", "shutdown_timeout");
    }
    this.#cancelTimer();
    const leftMs = deadlineMs - this.#clock.monotonicMs();
    await this.#attempts.shutdownExporters(Math.max(EXPORTER_SHUTDOWN_GRACE_MS, leftMs));
    return { ok: !timedOut && this.#lost === lostBefore, timedOut, lanes: this.laneStats() };
  }

  /** Sends what was accepted until now, in the caller's own context, until it is settled or the time is up. */
  async #drain(timeoutMs: number): Promise<FlushResult> {
    const epoch = this.#epoch++;
    for (const lane of this.#lanes) lane.account.openEpoch();
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const lostBefore = this.#lost;
    const waiter: Waiter = { wake: () => {} };
    this.#urgent.set(waiter, epoch);
    let timedOut = false;
    for (;;) {
      const nowMs = this.#clock.monotonicMs();
      const dueMs = this.#advance(nowMs, waiter);
      if (this.#lanes.every(({ account }) => account.isSettledThrough(epoch))) break;
      timedOut = nowMs >= deadlineMs;
      if (timedOut) break;
      await this.#pause(Math.min(deadlineMs, Math.max(dueMs, nowMs + 1), nowMs + LOOK_MS) - nowMs, waiter);
    }
    this.#urgent.delete(waiter);
    return { ok: !timedOut && this.#lost === lostBefore, timedOut, lanes: this.laneStats() };
  }

  #pause(delayMs: number, waiter: Waiter): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(resolve, delayMs, true);
      waiter.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  // ---- Sending

  /** Sends all that is due, on behalf of the flush. @returns when something is due next; Infinity when nothing is */
  #advance(nowMs: number, waiter?: Waiter): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      for (const batch of lane.inFlight) {
        if (nowMs < batch.deadlineMs) continue;
        this.#attempts.abort(batch);
        this.#take(lane, batch, { kind: "busy", reason: "no answer in time", maybeDelivered: true });
      }
      if (lane.expire(nowMs) > 0) this.#warn(lane, "dropped", "delivery_timeout");
      let dueMs = lane.dueMs(nowMs, this.#isUrgent(lane));
      for (; dueMs <= nowMs; dueMs = lane.dueMs(nowMs, this.#isUrgent(lane))) {
        const batch = lane.begin(this.#shared.newBatchId(), nowMs);
        this.#attempts.begin(batch, (outcome) => this.#landed(lane, batch, outcome, waiter));
      }
      nextMs = Math.min(nextMs, dueMs);
    }
    return nextMs;
  }

  #landed(lane: EdgeLane, batch: Batch<SpanRecord>, outcome: ExportOutcome, waiter: Waiter | undefined): void {
    this.#take(lane, batch, outcome);
    const nowMs = this.#clock.monotonicMs();
    if (waiter !== undefined && this.#urgent.has(waiter)) waiter.wake();
    else this.#arm(nowMs);
  }

  #isUrgent(lane: EdgeLane): boolean {
    for (const epoch of this.#urgent.values()) if (!lane.account.isSettledThrough(epoch)) return true;
    return false;
  }

  /** Between flushes: a full batch, or one that has waited for company long enough, goes by a timer. */
  #arm(nowMs: number): void {
    if (this.#urgent.size > 0 || Math.abs(this.#timerDueMs - nowMs) > LATE_TIMER_MS) {
      this.#cancelTimer();
      this.#timerDueMs = Number.POSITIVE_INFINITY;
    }
    const dueMs = Math.min(...this.#lanes.map((lane) => lane.dueMs(nowMs, false)));
    if (dueMs >= this.#timerDueMs) return;
    this.#cancelTimer();
    this.#timerDueMs = dueMs;
    try {
      this.#cancelTimer = this.#clock.schedule(() => this.#onTimer(), Math.max(0, dueMs - nowMs), false);
    } catch {
      // Outside of a request there are no timers: the next flush sends.
      this.#timerDueMs = Number.POSITIVE_INFINITY;
    }
  }

  #onTimer(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    this.#advance(nowMs);
    this.#arm(nowMs);
  }

  // ---- Outcomes

  #take(lane: EdgeLane, batch: Batch<SpanRecord>, outcome: ExportOutcome): void {
    if (!lane.land(batch, outcome)) return;
    const nowMs = this.#clock.monotonicMs();
    const state = lane.state;
    if (outcome.kind !== "delivered" && outcome.kind !== "partial") lane.lastError = outcome.reason ?? lane.lastError;
    switch (outcome.kind) {
      case "delivered":
        lane.settle(batch, () => false);
        break;
      case "partial": {
        const refused = new Set(outcome.rejected.map(({ id }) => id));
        lane.settle(batch, (id) => refused.has(id));
        if (refused.size > 0) lane.lastError = outcome.rejected[0]!.reason;
        if (refused.size > 0) this.#warn(lane, "dropped", `rejected: ${lane.lastError}`);
        break;
      }
      case "poison":
      case "tooLarge":
        if (batch.size > 1) {
          lane.split(batch);
        } else {
          const reason = outcome.kind === "poison" ? "rejected" : "oversize";
          lane.settle(batch, () => true, reason);
          this.#warn(lane, "dropped", `${reason}: ${outcome.reason ?? "too large"}`);
        }
        break;
      case "busy":
      case "misconfigured":
        lane.failed(batch, outcome, nowMs);
        if (lane.state !== state) this.#warn(lane, lane.state, outcome.reason);
        break;
    }
  }

  /** What has waited longest in the fullest lane gives way. */
  #keepBounds(): void {
    const { maxRecords, maxBytes } = this.#queue;
    for (;;) {
      const isFull = this.#shared.heldRecords > maxRecords;
      if (!isFull && this.#memory.bytes <= maxBytes) return;
      const reason = isFull ? "queue_full" : "queue_full_bytes";
      const fullest = this.#lanes.reduce((most, lane) => (lane.queued > most.queued ? lane : most));
      if (!fullest.evict(reason)) return;
      this.#warn(fullest, "dropped", reason);
    }
  }

  get #lost(): number {
    return this.#lanes.reduce((sum, { account }) => sum + account.ledger.lost, 0);
  }

  #warn(lane: EdgeLane, topic: string, detail: string): void {
    const { name } = lane.config;
    this.#diagnostics.warn(
      `${name} ${topic} ${detail.split(":")[0]}`,
      `${name}: ${topic}: ${detail}`,
      this.#clock.monotonicMs(),
    );
  }
}
