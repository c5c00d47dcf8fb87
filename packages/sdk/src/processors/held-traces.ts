import { BoundedMap, type SpanSnapshot } from "@everspan/protocol";
import { captureError, isObjectNode, keysOf, type ObjectNode, valueAt } from "../capture/index.ts";
import type { Cancel } from "../contract/clock.ts";
import type { SpanSlot } from "../delivery/core/index.ts";
import { RecordMemory } from "../delivery/record/record-memory.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";
import { decideAtEnd, noLongerAtEnd } from "./decide-at-end.ts";
import { randomnessOf } from "./sample-traces.ts";
import type { TailBounds, TailRules } from "./tail-rules.ts";
import type { PassOn, TailHold, TailHost } from "./tail-sampler.ts";

/** Kept traces that are remembered, so that what they go on with is sent immediately. */
const MAX_KEPT_TRACES = 10_000;

type Slot = SpanSlot<SpanRecord>;

/** One trace whose decision is to come: of each of its spans the newest record. */
class HeldTrace {
  readonly id: string;
  readonly sinceMs: number;
  readonly spans = new Map<Slot, SpanRecord>();
  firstMicros = Number.POSITIVE_INFINITY;
  open = 0;

  constructor(id: string, sinceMs: number) {
    this.id = id;
    this.sinceMs = sinceMs;
  }
}

/**
 * The traces that wait for their decision. A trace is kept as soon as a rule holds, and what comes of it later is not
 * held any more; it is left out when none of its spans is open and no rule held. A span goes the way of its START: what
 * comes of a span that was left out is left out. Each held span is pending in the account, as one record.
 */
export class HeldTraces implements TailHold {
  readonly #rules: TailRules;
  readonly #bounds: TailBounds;
  readonly #host: TailHost;
  readonly #pass: PassOn;
  readonly #memory = new RecordMemory();
  /** The oldest first. */
  readonly #held = new Map<string, HeldTrace>();
  readonly #kept = new BoundedMap<true>(MAX_KEPT_TRACES);
  /** Spans that were left out, and whether they are open. */
  readonly #leftOut = new WeakMap<Slot, 0 | 1>();
  /** Traces that were left out while spans of them were open: how many still are. Others that begin go the same way. */
  readonly #leftOpen = new Map<string, number>();
  #disarm: Cancel | undefined;
  #hasEnded = false;

  constructor(rules: TailRules, bounds: TailBounds, host: TailHost, pass: PassOn) {
    this.#rules = rules;
    this.#bounds = bounds;
    this.#host = host;
    this.#pass = pass;
  }

  takes(slot: Slot, record: SpanRecord, nowMs: number): boolean {
    const { traceId } = record;
    if (this.#hasEnded || slot.latest !== undefined) return false;
    if (this.#leftOut.has(slot) || this.#leftOpen.has(traceId)) {
      this.#leaveOutLate(slot, record);
      return true;
    }
    if (this.#kept.get(traceId) === true) return false;
    if (!this.#held.has(traceId) && randomnessOf(traceId) < this.#rules.share) {
      this.#kept.set(traceId, true);
      return false;
    }
    // A rule of the application's may start spans itself: asked before anything is held.
    const isKept = this.#keeps(record, nowMs);
    const trace = this.#hold(slot, record, nowMs);
    if (isKept || this.#isSlow(trace, record)) this.#keep(trace, nowMs);
    else if (trace.open === 0) this.#leaveOut(trace);
    else this.#boundMemory(nowMs);
    return true;
  }

  end(): void {
    this.#decideAll();
    this.#hasEnded = true;
  }

  // ---- Holding

  #hold(slot: Slot, record: SpanRecord, nowMs: number): HeldTrace {
    const { traceId } = record;
    if (this.#held.size === 0) decideAtEnd(this.#decideAll);
    const trace = this.#held.get(traceId) ?? new HeldTrace(traceId, nowMs);
    this.#held.set(traceId, trace);
    if (this.#disarm === undefined) this.#arm(nowMs);
    const before = trace.spans.get(slot);
    if (before === undefined) this.#host.pipeline.countHeld(1);
    trace.spans.set(slot, record);
    trace.firstMicros = Math.min(trace.firstMicros, record.startMicros);
    trace.open += openOf(record) - (before === undefined ? 0 : openOf(before));
    this.#memory.hold(record);
    if (before !== undefined) this.#memory.release(before);
    return trace;
  }

  #boundMemory(nowMs: number): void {
    const { maxTraces, maxBytes } = this.#bounds;
    for (const oldest of this.#held.values()) {
      if (this.#held.size <= maxTraces && this.#memory.bytes <= maxBytes) return;
      const what = `more than ${maxTraces} traces or ${maxBytes} bytes to hold: the oldest is decided before it is over`;
      this.#host.diagnostics.warn("tail sampling", `tail sampling: ${what}`, nowMs);
      this.#decideUndecided(oldest, nowMs);
    }
  }

  // ---- Deciding

  #keep(trace: HeldTrace, nowMs: number): void {
    this.#kept.set(trace.id, true);
    this.#take(trace, (slot, record) => this.#pass(slot, record, nowMs));
  }

  #leaveOut(trace: HeldTrace): void {
    if (trace.open > 0) this.#leftOpen.set(trace.id, trace.open);
    this.#take(trace, (slot, record) => {
      this.#leftOut.set(slot, openOf(record));
      this.#host.pipeline.countLost("sampled");
    });
  }

  /** It is not over, and can't wait any longer. */
  #decideUndecided(trace: HeldTrace, nowMs: number): void {
    if (this.#rules.keepsUndecided || nowMs - trace.sinceMs > this.#rules.slowerThanMs) this.#keep(trace, nowMs);
    else this.#leaveOut(trace);
  }

  /** In the order in which the spans began. */
  #take({ id, spans }: HeldTrace, then: (slot: Slot, record: SpanRecord) => void): void {
    this.#held.delete(id);
    for (const [slot, record] of spans) {
      this.#memory.release(record);
      this.#host.pipeline.countHeld(-1);
      then(slot, record);
    }
    if (this.#held.size === 0) this.#holdsNothing();
  }

  /** A span of a trace that was left out: nobody would know what to do with a part of it. */
  #leaveOutLate(slot: Slot, record: SpanRecord): void {
    this.#host.pipeline.countLost("sampled");
    const wasOpen = this.#leftOut.get(slot) ?? 0;
    this.#leftOut.set(slot, openOf(record));
    const open = this.#leftOpen.get(record.traceId);
    if (open === undefined) return;
    const left = open + openOf(record) - wasOpen;
    if (left > 0) this.#leftOpen.set(record.traceId, left);
    else this.#leftOpen.delete(record.traceId);
  }

  // ---- Rules

  #keeps(record: SpanRecord, nowMs: number): boolean {
    const { errors, names, data, keep } = this.#rules;
    if (errors && record.status === "ERROR") return true;
    if (names.some((name) => (typeof name === "string" ? record.name === name : record.name.search(name) >= 0)))
      return true;
    if (data.size > 0 && record.data !== undefined && isObjectNode(record.data) && hasOneOf(record.data, data))
      return true;
    return keep !== undefined && this.#asks(keep, record, nowMs);
  }

  #asks(keep: (snapshot: SpanSnapshot) => boolean, record: SpanRecord, nowMs: number): boolean {
    try {
      return keep(record.toSnapshot()) === true;
    } catch (error) {
      const { message } = captureError(error);
      this.#host.diagnostics.warn("tail rule", `tail sampling: keep failed: ${message}; the trace is kept`, nowMs);
      return true;
    }
  }

  #isSlow({ firstMicros }: HeldTrace, { endMicros, startMicros }: SpanRecord): boolean {
    return (endMicros ?? startMicros) - firstMicros > this.#rules.slowerThanMs * 1000;
  }

  // ---- Time

  /** What takes longer than `slowerThanMs` is known to be slow before it has ended. */
  get #waitMs(): number {
    return Math.min(this.#bounds.decisionWaitMs, this.#rules.slowerThanMs + 1);
  }

  #arm(nowMs: number): void {
    const [oldest] = this.#held.values();
    if (oldest === undefined) return;
    const delayMs = Math.max(0, oldest.sinceMs + this.#waitMs - nowMs);
    this.#disarm = this.#host.clock.schedule(() => this.#decideOverdue(), delayMs, false);
  }

  #decideOverdue(): void {
    this.#disarm = undefined;
    const nowMs = this.#host.clock.monotonicMs();
    for (const trace of this.#held.values()) {
      if (trace.sinceMs + this.#waitMs > nowMs) break;
      this.#decideUndecided(trace, nowMs);
    }
    if (this.#disarm === undefined) this.#arm(nowMs);
  }

  readonly #decideAll = (): void => {
    const nowMs = this.#host.clock.monotonicMs();
    for (const trace of this.#held.values()) this.#decideUndecided(trace, nowMs);
  };

  #holdsNothing(): void {
    noLongerAtEnd(this.#decideAll);
    this.#disarm?.();
    this.#disarm = undefined;
  }
}

function openOf({ phase }: SpanRecord): 0 | 1 {
  return phase === "started" ? 1 : 0;
}

function hasOneOf(node: ObjectNode, wanted: ReadonlyMap<string, ReadonlySet<unknown>>): boolean {
  return keysOf(node).some((key, at) => wanted.get(key)?.has(valueAt(node, at)) === true);
}
