/** What a store keeps of the processes that send spans. `producers.contract.ts` runs against every store. */
import type { ProducerReport, ProducerState, ProducerSummary } from "@everspan/protocol";

export interface ProducerStore {
  /**
   * Stores a producer's report. By it the producer is `running`, or `ended` when the report is final; one that was
   * overtaken by a newer report changes neither.
   */
  report(project: string, received: ReceivedReport): Promise<void>;

  /**
   * Something else than its own report tells how a producer is.
   * @param reports `StoredProducer.reports` as it was when that was found out
   * @returns false when nothing was changed: it reported meanwhile, or is unknown
   */
  setProducerState(project: string, producerId: string, state: ProducerState, reports: number): Promise<boolean>;

  getProducer(project: string, producerId: string): Promise<StoredProducer | undefined>;

  /** Those that reported last first. */
  listProducers(project: string, query: ProducerQuery): Promise<readonly ProducerSummary[]>;

  /** Traces in which spans of this producer have not ended. */
  openTraceIds(project: string, producerId: string): Promise<readonly string[]>;

  /** The producers that delivered these spans first, without repetition. */
  producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]>;
}

/** A producer's report, with a batch or between two, and when it came. */
export interface ReceivedReport {
  readonly report: ProducerReport;
  /** With a batch: the number of its first record; the last is `report.lastSeq`. */
  readonly firstSeq?: number;
  /** The producer's last: nothing follows but what is under way. */
  readonly final: boolean;
  /** Wall clock of the collector, in milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** The service that its spans name; null when none came along. */
  readonly service: string | null;
}

export interface StoredProducer {
  readonly producer: ProducerSummary;
  /** How many of its reports were stored. */
  readonly reports: number;
}

export interface SpanKey {
  readonly traceId: string;
  readonly id: string;
}

export interface ProducerQuery {
  readonly limit: number;
  /** Default: all. */
  readonly states?: readonly ProducerState[];
}
