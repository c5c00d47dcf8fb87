/**
 * Who sends to the collector: an id, numbers for its records, and a sign of life while spans are open, so that the
 * collector tells running, stalled and lost processes apart and knows what was lost on the way. None of it is needed
 * for delivery: a beat that fails is missed, and batches never wait for one.
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
import { Heart } from "./heartbeat.ts";
import { RecordNumbers } from "./record-numbers.ts";

export interface CollectorProducerOptions {
  readonly source: ProducerSource;
  readonly lane: string;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  /** Whether the collector took it. Bounded in time; may reject. */
  readonly send: (report: ProducerReport, goodbye: boolean) => Promise<boolean>;
}

export class CollectorProducer {
  readonly #options: CollectorProducerOptions;
  readonly #id = newTraceId();
  readonly #numbers = new RecordNumbers();
  readonly #heart: Heart;
  #batches = 0;
  /** What the collector last heard of us: the beat after the last span has ended is still to be sent. */
  #knownOpenSpans = 0;
  #isHeard = false;

  constructor(options: CollectorProducerOptions) {
    this.#options = options;
    this.#heart = new Heart({
      intervalMs: options.heartbeatMs,
      clock: options.clock,
      isNeeded: () => this.#openSpans > 0 || this.#knownOpenSpans > 0,
      beat: () => this.#report(false),
    });
  }

  /** Before each attempt at a batch. */
  numbered(batch: readonly SpanSnapshot[]): BatchProducer {
    const firstSeq = this.#numbers.take(batch);
    this.#batches += 1;
    return { ...this.#reportNow(firstSeq + batch.length - 1), firstSeq };
  }

  /** After each attempt: whether the collector answered that it has the batch. */
  attempted(batch: readonly SpanSnapshot[], sent: BatchProducer, arrived: boolean): void {
    if (arrived) this.#heard(sent);
    else this.#numbers.failed(batch, sent.firstSeq);
    this.#isHeard = arrived;
    this.#heart.start();
  }

  /** Tells a clean end from a loss. Only where the collector answered last: nobody waits for one that does not. */
  async sayGoodbye(): Promise<void> {
    this.#heart.stop();
    if (!this.#isHeard) return;
    await this.#report(true).catch(() => undefined);
  }

  get #openSpans(): number {
    return this.#options.source.stats().queue.openSpans;
  }

  async #report(goodbye: boolean): Promise<void> {
    const report = this.#reportNow(this.#numbers.last);
    this.#isHeard = await this.#options.send(report, goodbye);
    if (this.#isHeard) this.#heard(report);
  }

  #heard({ openSpans = 0 }: ProducerReport): void {
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
  const { created, recovered, delivered, coalesced, maybeDelivered, pending } = stats;
  const dropped = Object.fromEntries(Object.entries(stats.dropped).filter(([, records]) => records > 0));
  return {
    created,
    recovered,
    delivered,
    coalesced,
    pending: pending.queued + pending.spooled + pending.inFlight,
    maybeDelivered,
    dropped,
  };
}
