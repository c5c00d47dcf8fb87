import { type Batch, type CoreEvent, type DeliveryCore, type Effect, type Lane, SpanSlot } from "everspan/internals";
import { convergedByMs } from "./convergence.ts";
import type { DiskHost } from "./disk-host.ts";
import { Draws } from "./draws.ts";
import { EventHeap } from "./event-heap.ts";
import { FlushObserver } from "./flush-observer.ts";
import { LaneObserver } from "./lane-observer.ts";
import type { Mark } from "./marks.ts";
import { Network } from "./network.ts";
import { OverflowObserver } from "./overflow-observer.ts";
import { OverloadObserver } from "./overload-observer.ts";
import type { LanePlan, Offer, Operation, Plan } from "./plan.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimMemory, SimRecord } from "./sim-record.ts";
import { TraceHash } from "./trace-hash.ts";
import { must } from "./violation.ts";

/**
 * The class under test: the real one, or a mutant of it.
 *
 * Length: the world is one step function over one state; its observers and its disk have files of their own.
 */
export type CoreClass = typeof DeliveryCore;

/** As the real shell: a timer this late means that the process stood still. */
const STALL_MS = 1_000;
/** A run that does more than this is running away. */
const MAX_EVENTS = 100_000;
/** Steps in a row that do nothing at one moment. */
const MAX_IDLE_STEPS = 50;
const FINAL_SHUTDOWN_MS = 2_000;
/** The serial number of the last record. */
const CANARY = -1;
/** As the real shell: what lies on disk is tried until it is delivered. */
const FOR_EVER = { deliveryTimeoutMs: Number.POSITIVE_INFINITY };

/** The shell, the back ends and all clocks of one run. Virtual time passes only from event to event. */
export class World {
  readonly #plan: Plan;
  readonly #disk: SimDisk | undefined;
  readonly #heap = new EventHeap();
  /** Decide between events of the same moment: one source for each lane, so that none shifts another's. */
  readonly #ties: readonly Draws[];
  readonly #wakeTie: number;
  readonly #lateness: Draws;
  readonly #memory = new SimMemory();
  readonly #core: DeliveryCore<SimRecord>;
  readonly #networks: readonly Network[];
  readonly #observers: readonly LaneObserver[];
  readonly #diskHost: DiskHost;
  readonly #entries = new Map<string, SpanSlot<SimRecord>>();
  readonly #flushes: FlushObserver;
  readonly marks: Set<Mark>;
  readonly hash = new TraceHash();
  events = 0;
  #nowMs = 0;
  /** What happens to the process waits until then. */
  #frozenUntilMs = 0;
  #armedForMs = Number.POSITIVE_INFINITY;
  #armings = 0;
  #shutdownDeadlineMs: number | undefined;
  #isClosed = false;
  #idleSteps = 0;
  #lastIdleMs = -1;

  constructor(plan: Plan, Core: CoreClass, marks: Set<Mark>) {
    const lanes = plan.disk === undefined ? plan.lanes : plan.lanes.map(withoutTimeout);
    this.#plan = { ...plan, lanes };
    this.marks = marks;
    this.#ties = [...plan.lanes, undefined].map((_, index) => new Draws(plan.seed, 2, index));
    this.#wakeTie = new Draws(plan.seed, 4).pick([-1, 2]);
    this.#lateness = new Draws(plan.seed, 3);
    const host = () => this.#diskHost;
    this.#disk = plan.disk === undefined ? undefined : new SimDisk(plan.disk, plan.seed, lanes.length, host);
    this.#core = new Core<SimRecord>({
      lanes: lanes.map(({ config }) => config),
      queue: plan.queue,
      memory: this.#memory,
      disk: this.#disk,
      seed: plan.seed,
    });
    this.#networks = lanes.map((lane, index) => new Network(plan.seed, lane, index));
    this.#observers = lanes.map(
      (lane, index) =>
        new LaneObserver(this.#core.lanes[index]!, lane, this.#memory, this.#disk, (mark) => this.marks.add(mark)),
    );
    this.#flushes = new FlushObserver(this.#memory, this.#disk, (mark) => this.marks.add(mark));
    this.#diskHost = this.#hostOfDisk();
    this.#disk?.begin();
    this.#scheduleOperation(0);
    this.#at(plan.healAtMs, this.#drawTie(), () => {
      for (const network of this.#networks) network.isHealed = true;
    });
    this.#toProcess(convergedByMs(this.#plan), this.#drawTie(), () => this.#endWell());
  }

  /** Each lane's sends in order: what another lane's troubles must not change. */
  get traces(): readonly (readonly string[])[] {
    return this.#observers.map(({ trace }) => trace);
  }

  run(): void {
    for (let event = this.#heap.pop(); event !== undefined; event = this.#heap.pop()) {
      this.#nowMs = event.atMs;
      this.events += 1;
      must(this.events < MAX_EVENTS, "wake", () => "the run does not end");
      event.run();
    }
    this.#checkEnd();
  }

  // ---- Time

  #at(atMs: number, tie: number, run: () => void): void {
    this.#heap.push({ atMs: Math.max(atMs, this.#nowMs), tie, run });
  }

  #drawTie(lane = this.#ties.length - 1): number {
    return this.#ties[lane]!.fraction();
  }

  /** Something that reaches the process: not while it stands still. */
  #toProcess(atMs: number, tie: number, run: () => void): void {
    this.#at(atMs, tie, () => {
      if (this.#nowMs < this.#frozenUntilMs) this.#toProcess(this.#frozenUntilMs, tie, run);
      else run();
    });
  }

  #freeze(forMs: number): void {
    this.#frozenUntilMs = this.#nowMs + forMs;
    this.#heap.push({ atMs: this.#frozenUntilMs, tie: -2, run: () => this.#thaw() });
  }

  /** The shell sees that it stood still by how late its timer is, before anything else reaches the core. */
  #thaw(): void {
    const lateMs = this.#nowMs - this.#core.wakeAtMs;
    if (!(lateMs > STALL_MS)) return;
    for (const observer of this.#observers) observer.onStall(lateMs, this.#nowMs);
    this.#step({ kind: "stalled", forMs: lateMs });
  }

  #arm(): void {
    const wakeMs = this.#core.wakeAtMs;
    must(!Number.isNaN(wakeMs), "wake", () => "the wake-up time is not a number");
    if (wakeMs === this.#armedForMs) return;
    this.#armedForMs = wakeMs;
    this.#armings += 1;
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    const arming = this.#armings;
    const lateMs = this.#plan.timerLatenessMs * this.#lateness.fraction();
    this.#toProcess(wakeMs + lateMs, this.#wakeTie, () => {
      if (arming !== this.#armings) return;
      this.#armedForMs = Number.POSITIVE_INFINITY;
      this.#step({ kind: "timer" });
    });
  }

  // ---- What the application does

  /** One after the other: an application never offers a span's revisions out of order. */
  #scheduleOperation(nth: number): void {
    const operation = this.#plan.operations[nth];
    if (operation === undefined) return;
    this.#toProcess(operation.atMs, this.#drawTie(), () => {
      this.#operate(operation);
      this.#scheduleOperation(nth + 1);
    });
  }

  #operate(operation: Operation): void {
    switch (operation.kind) {
      case "offer":
        this.#offer(operation);
        break;
      case "flush":
        this.#flush(operation.timeoutMs);
        break;
      case "shutdown":
        this.#shutDown(operation.timeoutMs);
        break;
      case "stall":
        this.#freeze(operation.forMs);
        break;
      case "lost":
        this.#core.countLost("sampled");
        this.#disk?.countLost();
        for (const observer of this.#observers) observer.created += 1;
        this.#check();
        break;
    }
  }

  #offer(offer: Offer): void {
    let entry = this.#entries.get(offer.span);
    if (entry === undefined) {
      entry = new SpanSlot<SimRecord>();
      this.#entries.set(offer.span, entry);
    }
    const isTaken = this.#shutdownDeadlineMs === undefined && !this.#isClosed;
    if (!isTaken) this.marks.add(this.#isClosed ? "a record came after the end" : "a record came during a shutdown");
    for (const [index, observer] of this.#observers.entries()) {
      observer.onOffer(offer, isTaken && this.#plan.lanes[index]!.config.disabled !== true);
    }
    const revision = new SimRecord(offer);
    const overload = new OverloadObserver(this.#core.lanes, this.#memory);
    this.#disk?.admit(offer, isTaken ? entry.latest?.offer : undefined);
    const overflow =
      this.#disk &&
      new OverflowObserver(this.#core, entry, this.#plan.queue, { disk: this.#disk, memory: this.#memory });
    const origin = offer.isRecovered ? "recovered" : "created";
    this.#core.offer(entry, revision, this.#nowMs, origin);
    overload.check(revision, this.marks);
    if (isTaken) overflow?.check(revision, this.marks);
    this.#check();
    this.#arm();
  }

  #flush(timeoutMs: number): void {
    // As the shell: after a shutdown there is nothing to wait for.
    if (this.#isClosed) return;
    const flushId = this.#flushes.begin(this.#nowMs + timeoutMs);
    this.#step({ kind: "flush", flushId, timeoutMs });
  }

  #shutDown(timeoutMs: number): void {
    this.#shutdownDeadlineMs ??= this.#nowMs + timeoutMs;
    this.#step({ kind: "shutdown", timeoutMs });
  }

  // ---- Under the disk

  #hostOfDisk(): DiskHost {
    const world = this;
    return {
      core: this.#core,
      queue: this.#plan.queue,
      get nowMs() {
        return world.#nowMs;
      },
      get heldBytes() {
        return world.#memory.bytes;
      },
      get isTimeUp() {
        return world.#isTimeUp;
      },
      at: (atMs, run) => this.#at(atMs, this.#drawTie(), run),
      later: (delayMs, run) => this.#toProcess(this.#nowMs + delayMs, this.#drawTie(), run),
      isAwaited: ({ serial }) => this.#flushes.mustAwait(serial),
      mayBeAwaited: ({ serial }) => this.#flushes.mayAwait(serial),
      adopted: (offer, lanes) => {
        for (const [index, observer] of this.#observers.entries()) {
          if (((lanes >>> index) & 1) !== 0) observer.onOffer(offer, true);
        }
      },
      wake: () => this.#toProcess(this.#nowMs, this.#drawTie(), () => this.#step({ kind: "timer" })),
      mark: (mark) => this.marks.add(mark),
    };
  }

  // ---- Running the core

  #step(event: CoreEvent<SimRecord>): void {
    if (this.#isTimeUp) this.#disk?.appendAll();
    const attemptsBefore = this.#observers.reduce((sum, observer) => sum + observer.attemptsUnderWay, 0);
    const effects = this.#core.step(event, this.#nowMs);
    must(!this.#isClosed || effects.length === 0, "I16", () => `${effects[0]?.kind} after closed`);
    if (this.#nowMs === this.#lastIdleMs && effects.length === 0 && event.kind === "timer") this.#idleSteps += 1;
    else this.#idleSteps = 0;
    this.#lastIdleMs = this.#nowMs;
    must(this.#idleSteps < MAX_IDLE_STEPS, "wake", () => "wake-ups without a reason");
    const closes = effects.some(({ kind }) => kind === "closed");
    for (const effect of effects) this.#run(effect, closes);
    if (attemptsBefore > 0 && effects.some((effect) => effect.kind === "closed" && effect.timedOut)) {
      this.marks.add("a shutdown ran out of time during an attempt");
    }
    this.#check();
    this.#checkAnswers();
    this.#disk?.readBack.note();
    this.#arm();
  }

  get #isTimeUp(): boolean {
    return this.#shutdownDeadlineMs !== undefined && this.#nowMs >= this.#shutdownDeadlineMs;
  }

  #run(effect: Effect<SimRecord>, closes: boolean): void {
    must(!this.#isClosed, "I16", () => `${effect.kind} after closed`);
    switch (effect.kind) {
      case "send":
        this.#send(effect.batch);
        break;
      case "abort":
        this.#observers[effect.batch.laneIndex]!.onAbort(effect.batch, this.#nowMs);
        this.hash.add(this.#nowMs, 2, effect.batch.laneIndex, effect.batch.size);
        break;
      case "flushed":
        this.#flushes.end(effect.flushId, effect.timedOut, closes);
        this.hash.add(this.#nowMs, 3, effect.flushId, effect.timedOut ? 1 : 0);
        break;
      case "closed":
        this.#close(effect.timedOut);
        break;
      case "warn":
        this.hash.add(this.#nowMs, 5, effect.laneIndex, effect.topic.length);
        break;
    }
  }

  #send(batch: Batch<SimRecord>): void {
    const { attempt, laneIndex: lane } = batch;
    const observer = this.#observers[lane]!;
    const sent = observer.onSend(batch, this.#nowMs);
    this.hash.add(this.#nowMs, 1, lane, sent.length, ...sent.map(({ offer }) => offer.serial));
    const fate = this.#networks[lane]!.request(sent, this.#nowMs);
    for (const [nth, atMs] of fate.applyAtMs.entries()) {
      this.#at(atMs, this.#drawTie(lane), () => observer.onApply(fate.taken, nth > 0));
    }
    if (fate.answer === undefined) return;
    const { atMs, outcome } = fate.answer;
    this.#toProcess(atMs, this.#drawTie(lane), () => {
      if (!observer.isUnderWay(batch, attempt)) return;
      observer.onOutcome(batch, outcome, this.#nowMs);
      this.#step({ kind: "outcome", batch, outcome });
    });
  }

  #close(timedOut: boolean): void {
    must(this.#shutdownDeadlineMs !== undefined, "I16", () => "closed without a shutdown");
    must(timedOut || !this.#disk?.hasBacklog, "I8", () => "a shutdown did not wait for what lay on disk");
    if (!timedOut) this.marks.add("a shutdown drained everything");
    this.#flushes.checkAllAnswered();
    this.#isClosed = true;
    this.hash.add(this.#nowMs, 4, timedOut ? 1 : 0);
  }

  // ---- Invariants of the whole

  #check(): void {
    this.#checkBounds();
    for (const observer of this.#observers) observer.checkAccount(this.#nowMs);
    this.#disk?.check();
    const { heldRecords, lanes } = this.#core;
    const { held } = this.#memory;
    must(heldRecords === held.size, "memory", () => `${heldRecords} said to be held, ${held.size} are`);
    let claims = 0;
    for (const revision of held) claims += revision.holders;
    let pending = 0;
    for (const { inMemory } of lanes) pending += inMemory;
    must(claims === pending, "memory", () => `${claims} claims on what is held, ${pending} pending records`);
  }

  /** Every answer that was due has come. */
  #checkAnswers(): void {
    const graceMs = this.#nowMs <= this.#frozenUntilMs ? Number.POSITIVE_INFINITY : this.#plan.timerLatenessMs;
    this.#flushes.checkDeadlines(this.#nowMs, graceMs);
    if (this.#shutdownDeadlineMs === undefined || this.#isClosed) return;
    must(this.#nowMs <= this.#shutdownDeadlineMs + graceMs, "I8", () => "the shutdown is overdue");
  }

  #checkBounds(): void {
    const { maxRecords, maxBytes } = this.#plan.queue;
    const { heldRecords } = this.#core;
    must(heldRecords <= maxRecords, "I5", () => `${heldRecords} of at most ${maxRecords} records`);
    // A record that was read back may be larger than the bound, alone.
    const isAlone = heldRecords === 1;
    must(this.#memory.bytes <= maxBytes || isAlone, "I5", () => `${this.#memory.bytes} of ${maxBytes} bytes`);
  }

  // ---- The end

  /** Everything is well again and has been for long enough. */
  #endWell(): void {
    for (const { config, inMemory } of this.#core.lanes as readonly Lane<SimRecord>[]) {
      must(inMemory === 0, "I14", () => `${config.name} still has ${inMemory} pending`);
    }
    const isAllBack = this.#isClosed || !this.#disk?.hasBacklog;
    must(isAllBack, "I14", () => "what overflowed to disk does not come back");
    if (!this.#isClosed) this.#disk?.checkWell();
    if (this.#shutdownDeadlineMs === undefined) this.#offerCanary();
  }

  /** Not only is nothing left: what comes now gets through, as if nothing had ever been wrong. */
  #offerCanary(): void {
    const canary: Offer = {
      kind: "offer",
      atMs: this.#nowMs,
      serial: CANARY,
      span: "canary",
      phase: "ended",
      revision: 1,
      ownBytes: 100,
      blob: 0,
      blobBytes: 0,
      isBad: false,
    };
    this.#offer(canary);
    const slowestMs = Math.max(
      ...this.#plan.lanes.map(({ config, latencyMs }) => config.batch.lingerMs + 2 * latencyMs),
    );
    this.#toProcess(this.#nowMs + slowestMs + this.#plan.timerLatenessMs, this.#drawTie(), () => {
      for (const [index, observer] of this.#observers.entries()) {
        const { disabled, name } = this.#plan.lanes[index]!.config;
        must(disabled || observer.hasDelivered(CANARY), "I14", () => `${name} does not deliver what comes now`);
      }
      this.#shutDown(FINAL_SHUTDOWN_MS);
      must(this.#isClosed, "I8", () => "a shutdown with nothing to do did not close immediately");
    });
  }

  #checkEnd(): void {
    this.#flushes.checkAllAnswered();
    must(this.#memory.bytes === 0, "memory", () => `${this.#memory.bytes} bytes are still held`);
    must(this.#core.heldRecords === 0, "memory", () => `${this.#core.heldRecords} records are still held`);
    must(this.#core.wakeAtMs === Number.POSITIVE_INFINITY, "I16", () => "a closed core asks for a wake-up");
    for (const observer of this.#observers) {
      must(observer.attemptsUnderWay === 0, "I16", () => "a request was neither answered nor given up");
      observer.checkStored();
    }
    this.#disk?.checkEnd();
  }
}

function withoutTimeout(lane: LanePlan): LanePlan {
  const delivery = { ...lane.config.delivery, ...FOR_EVER };
  return { ...lane, config: { ...lane.config, delivery } };
}
