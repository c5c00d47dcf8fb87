import type { SpanPhase } from "@everspan/protocol";
import {
  type CoreDisk,
  type DeliveryCore,
  type Effect,
  type ExportOutcome,
  imbalanceOf,
  type LaneConfig,
  SpanSlot,
} from "everspan/internals";
import { EquippedCore } from "./equipped-core.ts";
import { EventHeap } from "./event-heap.ts";
import { SimMemory, SimRecord } from "./sim-record.ts";

export interface ScriptedRequest {
  readonly lane: string;
  readonly atMs: number;
  readonly attempt: number;
  readonly ids: readonly string[];
  /** `id@revision`, with `!` for an END. */
  readonly records: readonly string[];
}

/** What a back end does with a request; `undefined` when no answer ever comes. */
export type BackEnd = (
  request: ScriptedRequest,
) => { readonly afterMs: number; readonly outcome: ExportOutcome } | undefined;

export interface ScriptedLane {
  readonly batch?: Partial<LaneConfig["batch"]>;
  readonly delivery?: Partial<LaneConfig["delivery"]>;
  readonly disabled?: boolean;
  readonly backEnd: BackEnd;
}

interface Options {
  readonly lanes: Record<string, ScriptedLane>;
  readonly queue?: { readonly maxRecords?: number; readonly maxBytes?: number };
  readonly disk?: CoreDisk<SimRecord>;
  readonly seed?: number;
}

/** A story that does more than this at one go is running away. */
const MAX_STEPS = 200_000;

export const DELIVERED: ExportOutcome = { kind: "delivered" };

/** A back end that takes everything immediately. */
export const wellBackEnd: BackEnd = () => ({ afterMs: 1, outcome: DELIVERED });

/** The core with scripted back ends and a clock that the test moves: for stories about one promise. */
export class ScriptedDelivery {
  readonly core: DeliveryCore<SimRecord>;
  readonly memory = new SimMemory();
  readonly requests: ScriptedRequest[] = [];
  readonly effects: Effect<SimRecord>[] = [];
  nowMs = 0;
  readonly #backEnds: readonly BackEnd[];
  readonly #names: readonly string[];
  readonly #answers = new EventHeap();
  readonly #entries = new Map<string, { readonly entry: SpanSlot<SimRecord>; revisions: number }>();
  #offered = 0;

  constructor({ lanes, queue, disk, seed = 1 }: Options) {
    this.#names = Object.keys(lanes);
    this.#backEnds = Object.values(lanes).map(({ backEnd }) => backEnd);
    this.core = new EquippedCore<SimRecord>({
      lanes: Object.entries(lanes).map(([name, { batch, delivery, disabled = false }]) => ({
        name,
        disabled,
        batch: { maxRecords: 200, maxBytes: 4_194_304, lingerMs: 250, ...batch },
        delivery: { concurrency: 3, attemptTimeoutMs: 10_000, deliveryTimeoutMs: 120_000, ...delivery },
      })),
      queue: { maxRecords: 50_000, maxBytes: 67_108_864, ...queue },
      memory: this.memory,
      disk,
      seed,
    });
  }

  /** Offers the next revision of a span. */
  offer(id: string, phase: SpanPhase = "ended", bytes = 500): void {
    const { slot, record } = this.#next(id, phase, bytes);
    this.core.offer(slot, record, this.nowMs);
  }

  /** Brings a record back from disk, alone of its span. Answers which of the lanes took it. */
  restore(id: string, lanes: number, from: "orphan" | "spool"): number {
    const { slot, record } = this.#next(id, "ended", 500);
    return this.core.restore(slot, record, lanes, from, this.nowMs);
  }

  #next(id: string, phase: SpanPhase, bytes: number) {
    const span = this.#entries.get(id) ?? { entry: new SpanSlot<SimRecord>(), revisions: 0 };
    this.#entries.set(id, span);
    span.revisions += 1;
    this.#offered += 1;
    const isBad = false;
    const { revisions: revision } = span;
    const fields = { serial: this.#offered, span: id, phase, revision, ownBytes: bytes, blob: 0, blobBytes: 0, isBad };
    return { slot: span.entry, record: new SimRecord({ kind: "offer", atMs: this.nowMs, ...fields }) };
  }

  /** Offers so many ended spans, named by the prefix and their number */
  offerMany(count: number, prefix = "", bytes = 500): void {
    for (let i = 0; i < count; i++) this.offer(`${prefix}${i}`, "ended", bytes);
  }

  step(event: Parameters<DeliveryCore<SimRecord>["step"]>[0]): void {
    for (const effect of this.core.step(event, this.nowMs)) {
      this.effects.push(effect);
      if (effect.kind === "send") this.#send(effect.batch);
    }
  }

  #send(batch: Extract<Effect<SimRecord>, { kind: "send" }>["batch"]): void {
    const { attempt, laneIndex } = batch;
    const request: ScriptedRequest = {
      lane: this.#names[laneIndex]!,
      atMs: this.nowMs,
      attempt,
      ids: batch.records.map(({ id }) => id),
      records: batch.records.map(({ id, phase, offer }) => `${id}@${offer.revision}${phase === "ended" ? "!" : ""}`),
    };
    this.requests.push(request);
    const answer = this.#backEnds[laneIndex]!(request);
    if (answer === undefined) return;
    this.#answers.push({
      atMs: this.nowMs + answer.afterMs,
      tie: this.requests.length,
      run: () => {
        // As the shell: an attempt that was given up has no outcome.
        if (batch.attempt === attempt) this.step({ kind: "outcome", batch, outcome: answer.outcome });
      },
    });
  }

  /** Lets time pass: timers fire and answers come when they are due. */
  runTo(untilMs: number): void {
    for (let steps = 0; ; steps++) {
      if (steps > MAX_STEPS) throw new Error(`time stands still at ${this.nowMs} ms`);
      const answer = this.#answers.peek();
      const nextMs = Math.min(this.core.wakeAtMs, answer?.atMs ?? Number.POSITIVE_INFINITY);
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      if (answer !== undefined && answer.atMs <= this.core.wakeAtMs) this.#answers.pop()!.run();
      else this.step({ kind: "timer" });
    }
    this.nowMs = untilMs;
  }

  /** The lane's own ledger, and beside it how far it is out of balance. */
  ledger(lane: string) {
    const { ledger } = this.core.lanes[this.#names.indexOf(lane)]!;
    const get = () => imbalanceOf(ledger);
    Object.defineProperty(ledger, "imbalance", { get, configurable: true });
    return ledger as typeof ledger & { readonly imbalance: number };
  }

  requestsOf(lane: string): readonly ScriptedRequest[] {
    return this.requests.filter((request) => request.lane === lane);
  }
}
