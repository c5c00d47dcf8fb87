/**
 * Who sends to the collector: an id, numbers for its records, and a heartbeat while spans are open, so that the
 * collector tells running, stalled and lost processes apart and knows what was lost on the way. None of it is needed
 * for delivery: a heartbeat that fails is skipped, and batches never wait for one.
 */
import { hostname } from "node:os";
import {
  type BatchProducer,
  formatTimestamp,
  MAX_HEARTBEAT_MS,
  newTraceId,
  type ProducerReport,
  type SpanSnapshot,
} from "@everspan/protocol";
import type { LaneStats } from "../../contract/account.ts";
import type { Clock } from "../../contract/clock.ts";
import type { ProducerSource } from "../../contract/producer-source.ts";
import { Heartbeat } from "./heartbeat.ts";
import { RecordNumbers } from "./record-numbers.ts";

export interface CollectorProducerOptions {
  readonly source: ProducerSource;
  readonly lane: string;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  /** Whether the collector took it. Bounded in time; may reject. */
  readonly send: (report: ProducerReport, isFinal: boolean) => Promise<boolean>;
}

export class CollectorProducer {
  readonly #options: CollectorProducerOptions;
  readonly #id = newTraceId();
  readonly #numbers = new RecordNumbers();
  readonly #heartbeat: Heartbeat;
  #batches = 0;
  /** Open spans in the last report that arrived: the report after the last span has ended is still to be sent. */
  #knownOpenSpans = 0;
  #hasArrived = false;

  constructor(options: CollectorProducerOptions) {
    this.#options = options;
    this.#heartbeat = new Heartbeat({
      intervalMs: options.heartbeatMs,
      clock: options.clock,
      isNeeded: () => this.#openSpans > 0 || this.#knownOpenSpans > 0,
      report: () => this.#report(false),
    });
  }

  /** Before each attempt at a batch. */
  numbered(batch: readonly SpanSnapshot[]): BatchProducer {
    const firstSeq = this.#numbers.take(batch);
    this.#batches += 1;
    return { ...this.#reportNow(firstSeq + batch.length - 1), firstSeq };
  }

  /** After each attempt: whether the collector responded that it has the batch. */
  attempted(batch: readonly SpanSnapshot[], sent: BatchProducer, arrived: boolean): void {
    if (arrived) this.#reported(sent);
    else this.#numbers.failed(batch, sent.firstSeq);
    this.#hasArrived = arrived;
    this.#heartbeat.start();
  }

  /** Tells a clean end from a loss. Sent only when the last attempt arrived: a shutdown waits for no dead collector. */
  async reportFinally(): Promise<void> {
    this.#heartbeat.stop();
    if (!this.#hasArrived) return;
    await this.#report(true).catch(() => undefined);
  }

  get #openSpans(): number {
    return this.#options.source.stats().queue.openSpans;
  }

  async #report(isFinal: boolean): Promise<void> {
    const report = this.#reportNow(this.#numbers.last);
    this.#hasArrived = await this.#options.send(report, isFinal);
    if (this.#hasArrived) this.#reported(report);
  }

  #reported({ openSpans = 0 }: ProducerReport): void {
    this.#knownOpenSpans = openSpans;
  }

  #reportNow(lastSeq: number): ProducerReport {
    const { source, lane, heartbeatMs } = this.#options;
    const { lanes, queue } = source.stats();
    const stats = lanes[lane];
    return {
      id: this.#id,
      batch: this.#batches,
      lastSeq,
      startedAt: formatTimestamp(Math.floor(performance.timeOrigin * 1000)),
      pid: process.pid,
      host: hostname(),
      heartbeatMs: Math.min(Math.ceil(heartbeatMs), MAX_HEARTBEAT_MS),
      openSpans: queue.openSpans,
      ...(stats !== undefined && { ledger: ledgerOf(stats) }),
    };
  }
}

function ledgerOf(stats: LaneStats): NonNullable<ProducerReport["ledger"]> {
  const { created, recovered, delivered, coalesced, maybeDelivered, pending, inherited } = stats;
  const dropped = Object.fromEntries(Object.entries(stats.dropped).filter(([, records]) => records > 0));
  return {
    created,
    recovered,
    delivered,
    coalesced,
    pending: pending.queued + pending.spooled + pending.inFlight,
    maybeDelivered,
    dropped,
    ...(inherited.dropped + inherited.maybeDelivered > 0 && { inherited }),
  };
}
