import { Diagnostics, nodeOf, OwnPlace, Pipeline, SpanRecord, SpanSlot } from "everspan/internals";
import type { ManualClock } from "../manual-clock.ts";
import { RecordingLogger } from "../recording-exporter.ts";
import type { SimulatedDisk } from "../simulated-disk.ts";
import { must } from "../simulator/violation.ts";
import { processTable, SPOOL_DIRECTORY } from "../spool/spool-run.ts";
import type { LifePlan, LivesPlan, Step } from "./lives-plan.ts";
import { LifeBackEnd } from "./model-store.ts";

const STARTED = 0;
const STANDING = 1;
const ENDED = 2;

/** A record that was offered. Places are those in the disk's log. */
export interface Offered {
  record: SpanRecord;
  readonly at: number;
  /** Where it was promised to survive the process, or a power cut. */
  spooledAt: number;
  /** The lanes that still needed it then: one may have counted it as lost before it was written for the others. */
  promisedLanes: number;
  syncedAt: number;
}

/** What was true between two turns of the event loop. */
export interface Rest {
  readonly at: number;
  readonly created: number;
}

interface OpenSpan {
  readonly id: string;
  readonly entry: SpanSlot<SpanRecord>;
}

/** How long something may take that has an end. */
const PATIENCE_MS = 900_000;
/** Large enough for a blob of its own, and shared by many spans. */
const PROMPT = "You are a helpful assistant. ".repeat(20);

/** One life of a process: the real pipeline, spool and recovery on a simulated disk, with modelled back ends. */
export class Life {
  readonly number: number;
  readonly disk: SimulatedDisk;
  readonly clock: ManualClock;
  readonly backEnds: readonly LifeBackEnd[];
  readonly pipeline: Pipeline;
  readonly offered: Offered[] = [];
  readonly rests: Rest[] = [];
  readonly log = new RecordingLogger();
  /** The disk failed at some time: what it says may be late. */
  hadFault = false;
  readonly #open: OpenSpan[] = [];
  readonly #listenersBefore = process.listeners("exit");
  readonly #maxRecords: number;
  #spans = 0;

  constructor(lives: LivesPlan, plan: LifePlan, number: number, disk: SimulatedDisk, clock: ManualClock) {
    this.number = number;
    this.#maxRecords = plan.queueRecords;
    this.disk = disk;
    this.clock = clock;
    disk.modifiedMs = () => clock.wallMs();
    const place = () => disk.log.length;
    this.backEnds = lives.lanes.map((name, lane) => {
      const seed = lives.seed * 100 + number * 10 + lane;
      return new LifeBackEnd(name, { clock, health: plan.health[lane]!, refusal: plan.refusal, seed, place });
    });
    // More than a pipeline asks for: its spool takes the simulated disk and processes for the real ones.
    const spool = {
      directory: SPOOL_DIRECTORY,
      maxBytes: plan.maxBytes,
      durability: lives.durability,
      segmentBytes: plan.segmentBytes,
      fs: disk,
      processes: processTable(number, () => [number], `boot-${lives.lives.length}`),
    };
    this.pipeline = new Pipeline({
      lanes: this.backEnds.map((exporter) => ({
        exporter,
        batch: { maxRecords: plan.batchRecords, maxBytes: 1 << 20, lingerMs: 100 },
        delivery: { concurrency: 2, maxConcurrency: 2, attemptTimeoutMs: 400, deliveryTimeoutMs: 120_000 },
      })),
      queue: { maxRecords: plan.queueRecords, maxBytes: 1 << 26 },
      spool,
      clock,
      diagnostics: new Diagnostics(this.log),
      seed: lives.seed,
    });
  }

  /** Waits until the spool's code is loaded. That takes real time, and no other. */
  async begin(): Promise<this> {
    let isLoaded = false;
    const loaded = this.pipeline.flushToDisk("spooled", 0).then(() => {
      isLoaded = true;
    });
    while (!isLoaded) await this.clock.settle();
    await loaded;
    await this.#rest();
    return this;
  }

  /** Lets time pass until a promise is kept. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isKept = false;
    const kept = promise.finally(() => {
      isKept = true;
    });
    const endMs = this.clock.monotonicMs() + PATIENCE_MS;
    for (let stepMs = 0; ; stepMs = Math.min(1_000, stepMs + 1)) {
      await this.clock.advance(stepMs);
      if (isKept) return kept;
      must(this.clock.monotonicMs() < endMs, "I8", () => "what is awaited never comes");
    }
  }

  async run(step: Step): Promise<void> {
    switch (step.kind) {
      case "start":
        for (let left = step.spans; left > 0; left -= 1) this.#start(step.bytes);
        break;
      case "end":
        for (const span of this.#open.splice(0, step.spans)) this.#end(span, step.bytes);
        break;
      case "pass":
        await this.clock.advance(step.ms);
        break;
      case "flush":
        await this.#flush(step.timeoutMs);
        break;
      case "secure":
        await this.#secure();
        break;
      case "break": {
        this.hadFault = true;
        let left = step.times;
        this.disk.onCall = ({ name }) => (name === step.call && left-- > 0 ? { code: step.code } : undefined);
        break;
      }
    }
    await this.#rest();
  }

  /** What is over in time leaves nothing behind but STARTs that wait on disk for their ENDs. */
  async #flush(timeoutMs: number): Promise<boolean> {
    const { timedOut } = await this.until(this.pipeline.flush(timeoutMs));
    if (timedOut) return false;
    for (const [name, { pending }] of Object.entries(this.pipeline.laneStats())) {
      const onDisk = () => `${name}: ${pending.spooled} lie on disk after a flush, ${this.#open.length} spans are open`;
      must(pending.spooled <= this.#open.length, "I8", onDisk);
    }
    return true;
  }

  #start(bytes: number): void {
    this.#spans += 1;
    const span = { id: `${this.number}.${this.#spans}`, entry: new SpanSlot<SpanRecord>() };
    this.#open.push(span);
    this.#offer(span, "started", STARTED, bytes);
  }

  #end(span: OpenSpan, bytes: number): void {
    this.#offer(span, "ended", ENDED, bytes);
  }

  #offer({ id, entry }: OpenSpan, phase: "started" | "ended", revision: number, bytes: number): void {
    const identity = {
      traceId: "lives",
      id,
      parentId: undefined,
      taskId: undefined,
      type: "CUSTOM",
      startMicros: 1_000_000,
      service: undefined,
      obs: undefined,
    } as const;
    const state = {
      phase,
      revision,
      name: id,
      endMicros: phase === "ended" ? 2_000_000 : undefined,
      status: "OK",
      error: undefined,
      input: nodeOf({ prompt: PROMPT, question: id.repeat(bytes) }),
      output: phase === "ended" ? nodeOf({ answer: `${id} ${"x".repeat(bytes)}` }) : undefined,
      data: undefined,
    } as const;
    const older = entry.latest && new SpanRecord(entry.latest);
    const isRevised = phase === "ended" && this.pipeline.revise(entry, state, this.clock.monotonicMs());
    const record = isRevised ? entry.latest! : new SpanRecord(identity, state);
    // What it was is nowhere any more: neither in memory nor on disk.
    if (isRevised) for (const one of this.offered) if (one.record === record) one.record = older!;
    this.offered.push({
      record,
      at: this.disk.log.length,
      spooledAt: Number.POSITIVE_INFINITY,
      promisedLanes: 0,
      syncedAt: Number.POSITIVE_INFINITY,
    });
    if (!isRevised) this.pipeline.offer(entry, record, this.clock.monotonicMs());
  }

  async #secure(): Promise<void> {
    const { length } = this.offered;
    for (const level of ["spooled", "synced"] as const) {
      const { ok } = await this.until(this.pipeline.flushToDisk(level, 5_000));
      if (!ok) return;
      for (const one of this.offered.slice(0, length)) this.#notePromise(one, level);
    }
  }

  async #rest(): Promise<void> {
    await this.clock.settle();
    for (const { violation } of this.backEnds) if (violation !== undefined) throw violation;
    this.rests.push({ at: this.disk.log.length, created: this.offered.length });
    this.#notePlaces();
    this.checkAccounts();
  }

  /** All is safe that was not delivered or counted before. */
  #notePromise(one: Offered, level: "spooled" | "synced"): void {
    const place = placeOf(one.record);
    const { id, phase } = one.record;
    const isDone = place === undefined || place.openLanes === 0;
    must(isDone || place.isSpooled, "I2", () => `${id} (${phase}) is called ${level}, and is in memory alone`);
    if (place?.isSpooled !== true) return;
    this.#noteSpooled(one, place);
    if (level === "synced") one.syncedAt = Math.min(one.syncedAt, this.disk.log.length);
  }

  /** What the spool itself calls spooled is a promise too. */
  #notePlaces(): void {
    for (const one of this.offered) {
      const place = placeOf(one.record);
      if (place?.isSpooled === true) this.#noteSpooled(one, place);
    }
  }

  #noteSpooled(one: Offered, { openLanes }: OwnPlace): void {
    if (one.spooledAt !== Number.POSITIVE_INFINITY) return;
    one.spooledAt = this.disk.log.length;
    one.promisedLanes = openLanes;
  }

  checkAccounts(): void {
    const { heldRecords } = this.pipeline;
    must(heldRecords <= this.#maxRecords, "I5", () => `${heldRecords} of at most ${this.#maxRecords} records`);
    for (const [name, stats] of Object.entries(this.pipeline.laneStats())) {
      const { created, recovered, delivered, coalesced, dropped, pending } = stats;
      const all = [delivered, coalesced, ...Object.values(dropped), ...Object.values(pending)];
      const sum = all.reduce((total, count) => total + count, 0);
      must(
        created + recovered === sum,
        "I1",
        () => `${name}: ${created} + ${recovered} came, ${sum} are accounted for`,
      );
      must(created === this.offered.length, "I1", () => `${name}: ${created} of ${this.offered.length} counted`);
      must(Math.min(...all) >= 0, "I1", () => `${name}: less than nothing in ${JSON.stringify(stats)}`);
    }
  }

  // ---- Endings

  /** `process.exit()`: what the process registered for its end runs, and nothing after it. */
  async exit(): Promise<void> {
    for (const listener of this.#exitListeners()) listener.call(process, 0);
    this.#notePlaces();
    for (const { record } of this.offered) {
      const place = placeOf(record);
      const isOwed = !this.hadFault && place !== undefined && place.openLanes !== 0 && place.seq >= 0;
      must(!isOwed || place.isSpooled, "I2", () => `${record.id} (${record.phase}) is in memory alone after an exit`);
    }
  }

  /** Back ends are well again, and everything is brought to its end. */
  async findPeace(): Promise<void> {
    for (const backEnd of this.backEnds) backEnd.isHealed = true;
    must(await this.#flush(600_000), "I14", () => `all is well and ${JSON.stringify(this.pipeline.laneStats())}`);
    await this.clock.advance(100);
    await this.#rest();
  }

  get openSpans(): number {
    return this.#open.length;
  }

  /** As the tracer does: what is still open is sent as it stands. */
  async shutDown(timeoutMs: number): Promise<void> {
    for (const span of this.#open.splice(0)) this.#offer(span, "started", STANDING, 1);
    await this.until(this.pipeline.shutdown(timeoutMs));
    await this.#rest();
    for (const [name, { pending }] of Object.entries(this.pipeline.laneStats())) {
      must(pending.queued + pending.inFlight === 0, "I1", () => `${name} has records in memory after its shutdown`);
    }
  }

  /** Nothing of this life goes on. */
  bury(): void {
    for (const listener of this.#exitListeners()) process.removeListener("exit", listener);
  }

  #exitListeners() {
    return process.listeners("exit").filter((listener) => !this.#listenersBefore.includes(listener));
  }
}

function placeOf({ onDisk }: SpanRecord): OwnPlace | undefined {
  return onDisk instanceof OwnPlace ? onDisk : undefined;
}
