import { captureError } from "../capture/index.ts";
import type { FlushResult, LaneStats } from "../contract/account.ts";
import type { Clock } from "../contract/clock.ts";
import { type Diagnostics, oneLine } from "../contract/diagnostics.ts";
import type { DropReason } from "../contract/ledger.ts";
import { ownTime } from "../contract/own-time.ts";
import type { RedactionOptions } from "../contract/redaction-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { canTellBeforeExit, nothingLingers, somethingLingers } from "./before-exit.ts";
import { type CoreEvent, DeliveryCore, type Effect, type SpanSlot } from "./core/index.ts";
import { RecordDisk } from "./disk/record-disk.ts";
import type { SpoolingHost } from "./disk/spooling-host.ts";
import { laneStats } from "./lane-stats.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { RecordMemory } from "./record/record-memory.ts";
import type { RecordState, SpanRecord } from "./record/span-record.ts";
import { Sending } from "./sending.ts";
import { WakeTimer } from "./wake-timer.ts";

/** A timer this late means that the process stood still, not that back ends were slow. */
const STALL_MS = 1_000;
/** How long past its deadline a shutdown waits for exporters to close. */
const EXPORTER_SHUTDOWN_GRACE_MS = 25;
/** What is left for a last write to disk, however little time a shutdown was given. */
const SPOOL_CLOSE_GRACE_MS = 250;

/** What lies on disk is tried until it is delivered. */
const FOR_EVER = { deliveryTimeoutMs: Number.POSITIVE_INFINITY };

interface Waiting {
  resolve(result: FlushResult): void;
}

/**
 * The shell around the core: runs its effects, keeps its one timer, turns exporters' promises into events.
 * All decisions are the core's.
 */
export class Pipeline {
  readonly #core: DeliveryCore<SpanRecord>;
  readonly #memory = new RecordMemory();
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #exporters: readonly SpanExporter[];
  readonly #sending: Sending;
  readonly #queue: PipelineOptions["queue"];
  readonly #disk: RecordDisk | undefined;
  readonly #flushes = new Map<number, Waiting>();
  #lastFlushId = 0;
  #shutdown:
    | { readonly promise: Promise<FlushResult>; readonly deadlineMs: number; finish: (r: FlushResult) => void }
    | undefined;
  readonly #timer: WakeTimer;
  /** Records wait for company alone, and keep no process alive. */
  #lingers = false;

  constructor(options: PipelineOptions) {
    this.#clock = options.clock;
    this.#diagnostics = options.diagnostics;
    this.#exporters = options.lanes.map(({ exporter }) => exporter);
    this.#timer = new WakeTimer(options.clock, () => this.#step({ kind: "timer" }));
    this.#disk = options.spool === undefined ? undefined : new RecordDisk();
    this.#sending = new Sending(options, this.#disk);
    this.#queue = options.queue;
    this.#core = new DeliveryCore<SpanRecord>({
      lanes: options.lanes.map(({ exporter, batch, delivery }) => ({
        name: exporter.name,
        batch,
        delivery: options.spool === undefined ? delivery : { ...delivery, ...FOR_EVER },
        disabled: exporter.disabledReason !== undefined,
      })),
      queue: options.queue,
      memory: this.#memory,
      disk: this.#disk,
      seed: options.seed,
    });
    this.#sayWhoIsDisabled();
    if (options.spool !== undefined) this.#disk?.load(options.spool, this.#spoolingHost(options.redaction));
  }

  /** On the application's path: one call into the core, and at most once in a while a timer. */
  offer(slot: SpanSlot<SpanRecord>, record: SpanRecord, nowMs: number): void {
    this.#disk?.admit(record, slot.latest);
    this.#core.offer(slot, record, nowMs);
    if (this.#core.wakeAtMs < this.#timer.armedForMs) this.#arm(nowMs);
  }

  /**
   * As `offer`, of a record that is not made: the span's newest one says it, where nobody has read that, nor written it
   * to the spool. False where it can't: then offer one.
   */
  revise(slot: SpanSlot<SpanRecord>, state: RecordState, nowMs: number): boolean {
    const record = this.#core.revisable(slot);
    if (record === undefined || this.#disk?.mayRevise(record) === false) return false;
    const { bytes } = record;
    this.#memory.revise(record, state);
    this.#disk?.revised(record);
    this.#core.revised(slot, bytes, nowMs);
    if (this.#core.wakeAtMs < this.#timer.armedForMs) this.#arm(nowMs);
    return true;
  }

  countHeld(records: number): void {
    this.#core.countHeld(records);
    this.#disk?.countOther(0);
  }

  countLost(reason: DropReason): void {
    this.#core.countLost(reason);
    this.#disk?.countOther(1);
  }

  get mode(): "memory" | "spool" {
    return this.#disk?.mode ?? "memory";
  }

  flush(timeoutMs: number): Promise<FlushResult> {
    if (this.#shutdown !== undefined) return this.#shutdown.promise;
    const flushId = ++this.#lastFlushId;
    return new Promise((resolve) => {
      this.#flushes.set(flushId, { resolve });
      this.#step({ kind: "flush", flushId, timeoutMs });
    });
  }

  /** Waits until everything offered before is on disk, or the time is up; without a spool until it is delivered. */
  async flushToDisk(level: "spooled" | "synced", timeoutMs: number): Promise<FlushResult> {
    if (this.#disk === undefined) return this.flush(timeoutMs);
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const ok = await this.#disk.reach(level, deadlineMs);
    return { ok, timedOut: this.#clock.monotonicMs() >= deadlineMs, lanes: this.laneStats() };
  }

  /**
   * Never rejects; a second call gets the same promise.
   *
   * @param atLast offers what is to come last: run when nothing is taken any more after it, which is not before the
   * spool's code is there
   */
  shutdown(timeoutMs: number, atLast: () => void = () => undefined): Promise<FlushResult> {
    if (this.#shutdown === undefined) {
      let finish: (result: FlushResult) => void = () => {};
      const promise = new Promise<FlushResult>((resolve) => {
        finish = resolve;
      });
      this.#shutdown = { promise, finish, deadlineMs: this.#clock.monotonicMs() + timeoutMs };
      if (this.#disk?.isLoading) void this.#disk.whenLoaded.then(() => this.#beginShutdown(atLast));
      else this.#beginShutdown(atLast);
    }
    return this.#shutdown.promise;
  }

  /** With a spool not before its code is there: what can't be delivered in time has to get to disk. */
  #beginShutdown(atLast: () => void): void {
    atLast();
    const timeoutMs = Math.max(0, this.#shutdown!.deadlineMs - this.#clock.monotonicMs());
    this.#step({ kind: "shutdown", timeoutMs });
  }

  laneStats(): Record<string, LaneStats> {
    const lanes: Record<string, LaneStats> = {};
    for (const lane of this.#core.lanes) lanes[lane.config.name] = laneStats(lane);
    return lanes;
  }

  get heldRecords(): number {
    return this.#core.heldRecords;
  }

  get heldBytes(): number {
    return this.#memory.bytes;
  }

  // ---- Running the core

  #step(event: CoreEvent<SpanRecord>): void {
    const nowMs = this.#clock.monotonicMs();
    const lateMs = nowMs - this.#timer.armedForMs;
    // After a standstill the first event reports it, so that no timeout is charged for it.
    if (lateMs > STALL_MS) this.#runAll({ kind: "stalled", forMs: lateMs });
    // What has a number in the spool by then stays on disk; the rest would be lost.
    if (this.#shutdown !== undefined && nowMs >= this.#shutdown.deadlineMs) this.#disk?.encodeAll();
    this.#runAll(event);
    this.#disk?.noteRoom();
    this.#arm(nowMs);
    ownTime.backgroundMs += this.#clock.monotonicMs() - nowMs;
  }

  #runAll(event: CoreEvent<SpanRecord>): void {
    const nowMs = this.#clock.monotonicMs();
    // Whatever was armed for is over, whoever came first: what is due next is armed anew.
    this.#timer.clear();
    for (const effect of this.#core.step(event, nowMs)) this.#run(effect);
  }

  #run(effect: Effect<SpanRecord>): void {
    switch (effect.kind) {
      case "load":
        this.#loadSending();
        break;
      case "send":
        this.#sending.begin(effect.batch, (outcome) => this.#step({ kind: "outcome", batch: effect.batch, outcome }));
        break;
      case "abort":
        this.#sending.abort(effect.batch);
        break;
      case "flushed":
        this.#endFlush(effect.flushId, effect.timedOut, effect.lossless);
        break;
      case "closed":
        void this.#close(effect.timedOut, effect.lossless);
        break;
      case "warn": {
        const { laneIndex, topic, detail, heldBack } = effect;
        this.#diagnostics.say("warn", `${this.#exporters[laneIndex]!.name}: ${topic}: ${detail}`, heldBack);
        break;
      }
    }
  }

  #loadSending(): void {
    this.#sending.load().then(
      (Made) => {
        this.#core.equip(Made);
        this.#step({ kind: "timer" });
      },
      (error) => this.#step({ kind: "unloaded", reason: oneLine(captureError(error).message) }),
    );
  }

  #endFlush(flushId: number, timedOut: boolean, lossless: boolean): void {
    const waiting = this.#flushes.get(flushId);
    this.#flushes.delete(flushId);
    waiting?.resolve({ ok: lossless && !timedOut, timedOut, lanes: this.laneStats() });
  }

  async #close(timedOut: boolean, lossless: boolean): Promise<void> {
    const shutdown = this.#shutdown!;
    const leftMs = Math.max(EXPORTER_SHUTDOWN_GRACE_MS, shutdown.deadlineMs - this.#clock.monotonicMs());
    await this.#sending.shutdownExporters(leftMs);
    await this.#disk?.close(Math.max(SPOOL_CLOSE_GRACE_MS, shutdown.deadlineMs - this.#clock.monotonicMs()));
    shutdown.finish({ ok: lossless && !timedOut, timedOut, lanes: this.laneStats() });
  }

  // ---- The spool

  #spoolingHost(redaction: RedactionOptions | undefined): SpoolingHost {
    return {
      core: this.#core,
      queue: this.#queue,
      heldBytes: () => this.#memory.bytes,
      clock: this.#clock,
      diagnostics: this.#diagnostics,
      redaction,
      wake: () => this.#timer.post(),
    };
  }

  // ---- The one timer

  #arm(nowMs: number): void {
    const keepsAlive = this.#keepsProcessAlive();
    this.#timer.arm(this.#core.wakeAtMs, keepsAlive, nowMs);
    const lingers = !keepsAlive && this.#core.lanes.some((lane) => lane.isHealthy && lane.inMemory > 0);
    if (lingers === this.#lingers) return;
    this.#lingers = lingers;
    if (lingers) somethingLingers(this.#sendLingering);
    else nothingLingers(this.#sendLingering);
  }

  /** The process has nothing else to do. What is in flight then keeps it alive. */
  readonly #sendLingering = (): void => this.#step({ kind: "hurry" });

  /**
   * Healthy lanes finish their requests before the process ends by itself; sick ones don't hold it up. A flush or a
   * shutdown that is awaited is always answered.
   */
  #keepsProcessAlive(): boolean {
    if (this.#core.isClosed) return false;
    if (this.#flushes.size > 0 || this.#shutdown !== undefined) return true;
    return this.#core.lanes.some(
      ({ isHealthy, ledger, inMemory }) => isHealthy && (canTellBeforeExit ? ledger.inFlight : inMemory) > 0,
    );
  }

  #sayWhoIsDisabled(): void {
    for (const { name, disabledReason } of this.#exporters) {
      if (disabledReason !== undefined) {
        this.#diagnostics.warn(`${name} disabled`, `${name} is disabled: ${disabledReason}`, this.#clock.monotonicMs());
      }
    }
  }
}
