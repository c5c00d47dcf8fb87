/**
 * Watches how long producers are silent, keeps what it means in the store and tells viewers when it changes. Time in
 * which the collector itself was away or stood still is not charged to a producer.
 */

import {
  type Cancel,
  type Clock,
  isInterrupted,
  type ProducerState,
  type ProducerSummary,
  type SpanSnapshot,
} from "@everspan/protocol";
import { MAX_PRODUCERS } from "../limits.ts";
import type { TraceStore } from "../store/trace-store.ts";
import { stateBySilence } from "./silence.ts";

export interface ProducerWatchOptions {
  readonly project: string;
  readonly store: TraceStore;
  readonly clock: Clock;
  readonly onChange: (change: ProducerChange) => void;
}

export interface ProducerChange {
  readonly producerId: string;
  readonly state: ProducerState;
  /** Traces in which spans of it have not ended. */
  readonly traceIds: readonly string[];
}

interface Watched {
  readonly producer: ProducerSummary;
  /** How many of its reports were stored: a change is not made when another came meanwhile. */
  readonly reports: number;
  readonly state: ProducerState;
  readonly receivedAtMs: number;
}

const SWEEP_MS = 1_000;

export class ProducerWatch {
  readonly #options: ProducerWatchOptions;
  /** Those of whom something may still be expected: `running` and `stalled`. */
  readonly #watched = new Map<string, Watched>();
  /** Whose change is being written. */
  readonly #changing = new Set<string>();
  #cancelSweep: Cancel | undefined;
  #sweepDueMs = 0;
  #isClosed = false;

  constructor(options: ProducerWatchOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier collector knew. */
  async resume(): Promise<void> {
    const { store, project } = this.#options;
    const producers = await store.listProducers(project, { limit: MAX_PRODUCERS, states: ["running", "stalled"] });
    for (const { id } of producers) await this.#look(id);
  }

  /** After a producer's report was stored. Never rejects. */
  async reported(producerId: string): Promise<void> {
    const before = this.#watched.get(producerId)?.state;
    const state = await this.#safely(() => this.#look(producerId));
    if (state !== undefined && state !== before) await this.#announce(producerId, state);
  }

  /** A report arrived but could not be stored: the producer still counts as alive. */
  reportFailed(producerId: string): void {
    const watched = this.#watched.get(producerId);
    if (watched === undefined) return;
    this.#watched.set(producerId, { ...watched, receivedAtMs: this.#options.clock.monotonicMs() });
  }

  /** A producer has delivered spans that died with others: those are lost, whatever their silence says. Never rejects. */
  async delivered(senderId: string, snapshots: readonly SpanSnapshot[]): Promise<void> {
    const interrupted = snapshots.filter(isInterrupted);
    if (interrupted.length === 0) return;
    const { store, project } = this.#options;
    const owners = (await this.#safely(() => store.producersOf(project, interrupted))) ?? [];
    for (const owner of owners) if (owner !== senderId) await this.#setLost(owner);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelSweep?.();
  }

  async #look(producerId: string): Promise<ProducerState | undefined> {
    const { store, project, clock } = this.#options;
    const known = await store.getProducer(project, producerId);
    this.#watched.delete(producerId);
    if (known === undefined) return undefined;
    const { producer, reports } = known;
    const { state } = producer;
    if (state === "running" || state === "stalled") {
      this.#watched.set(producerId, { producer, reports, state, receivedAtMs: clock.monotonicMs() });
      this.#forgetOldest();
      this.#scheduleSweep();
    }
    return state;
  }

  async #setLost(producerId: string): Promise<void> {
    const { store, project } = this.#options;
    const known = await this.#safely(() => store.getProducer(project, producerId));
    const state = known?.producer.state;
    if (known === undefined || state === "lost" || state === "ended") return;
    await this.#change(producerId, "lost", known.reports);
  }

  #scheduleSweep(): void {
    if (this.#cancelSweep !== undefined || this.#isClosed || this.#watched.size === 0) return;
    const { clock } = this.#options;
    this.#sweepDueMs = clock.monotonicMs() + SWEEP_MS;
    this.#cancelSweep = clock.schedule(() => this.#sweep(), SWEEP_MS, false);
  }

  /** A store that takes its time holds up no other producer's sweep. */
  #sweep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const lateMs = nowMs - this.#sweepDueMs;
    if (lateMs > SWEEP_MS) this.#excuse(lateMs, nowMs);
    for (const [producerId, watched] of this.#watched) {
      const state = stateBySilence(watched.producer, nowMs - watched.receivedAtMs);
      // Only a report makes it run again: after a restart the silence of a stalled producer is young.
      if (state === watched.state || state === "running" || this.#changing.has(producerId)) continue;
      this.#changing.add(producerId);
      void this.#change(producerId, state, watched.reports).finally(() => this.#changing.delete(producerId));
    }
    this.#cancelSweep = undefined;
    this.#scheduleSweep();
  }

  /** The store has forgotten it as well: it keeps no more, and forgets who was silent for longest first. */
  #forgetOldest(): void {
    const [oldest] = this.#watched.keys();
    if (this.#watched.size > MAX_PRODUCERS && oldest !== undefined) this.#watched.delete(oldest);
  }

  #excuse(lateMs: number, nowMs: number): void {
    for (const [id, watched] of this.#watched) {
      this.#watched.set(id, { ...watched, receivedAtMs: Math.min(nowMs, watched.receivedAtMs + lateMs) });
    }
  }

  /** What can't be written now is found again by the next sweep. */
  async #change(producerId: string, state: ProducerState, reports: number): Promise<void> {
    const { store, project } = this.#options;
    const isDone = await this.#safely(() => store.setProducerState(project, producerId, state, reports));
    // It reported meanwhile, or was forgotten.
    if (isDone === false) await this.#safely(() => this.#look(producerId));
    if (isDone !== true) return;
    const watched = this.#watched.get(producerId);
    if (watched?.reports === reports) {
      if (state === "stalled") this.#watched.set(producerId, { ...watched, state });
      else this.#watched.delete(producerId);
    }
    await this.#announce(producerId, state);
  }

  async #announce(producerId: string, state: ProducerState): Promise<void> {
    const { store, project, onChange } = this.#options;
    const traceIds = (await this.#safely(() => store.openTraceIds(project, producerId))) ?? [];
    onChange({ producerId, state, traceIds });
  }

  /** A store that fails is told by its writes; here it only means that nothing is known. */
  async #safely<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return this.#isClosed ? undefined : await ask();
    } catch {
      return undefined;
    }
  }
}
