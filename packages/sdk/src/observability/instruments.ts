/**
 * The instruments that tell a tracer's account. Counters are observed from `stats()` when a reader collects, so that
 * recording a span costs nothing more. Names under `agentex.tracing.` are the established ones of Agentex.
 */
import type { LaneStats, OverheadStats, TracerStats } from "../contract/account.ts";

type Attributes = Readonly<Record<string, string>>;

interface Observable {
  readonly name?: never;
}

interface ObservableResult {
  observe(instrument: Observable, value: number, attributes?: Attributes): void;
}

interface Histogram {
  record(value: number, attributes?: Attributes): void;
}

export interface Meter {
  createObservableCounter(name: string, options: { description: string; unit?: string }): Observable;
  createObservableGauge(name: string, options: { description: string; unit?: string }): Observable;
  createHistogram(name: string, options: { description: string; unit?: string }): Histogram;
  createCounter(name: string, options: { description: string }): { add(value: number, attributes?: Attributes): void };
  addBatchObservableCallback(callback: (result: ObservableResult) => void, observables: Observable[]): void;
}

/** Observes the account, and counts what happens once per attempt. */
export class AttemptInstruments {
  readonly #batches;
  readonly #failures;
  readonly #size;
  readonly #duration;

  constructor(meter: Meter, stats: () => TracerStats) {
    observeStats(meter, stats);
    this.#batches = meter.createCounter("agentex.tracing.export.batches", {
      description: "Attempts to deliver a batch",
    });
    this.#failures = meter.createCounter("agentex.tracing.export.batch_failures", {
      description: "Attempts that delivered nothing",
    });
    this.#size = meter.createHistogram("agentex.tracing.batch.size", { description: "Records in a batch" });
    this.#duration = meter.createHistogram("agentex.tracing.batch.drain_duration", {
      description: "Duration of an attempt",
      unit: "ms",
    });
  }

  record(exporter: string, records: number, outcome: string, durationMs: number): void {
    const attributes = { processor: exporter };
    this.#batches.add(1, attributes);
    this.#size.record(records, attributes);
    this.#duration.record(durationMs, attributes);
    if (outcome !== "delivered" && outcome !== "partial")
      this.#failures.add(1, { ...attributes, error_class: outcome });
  }
}

interface LaneMetric {
  readonly name: string;
  readonly description: string;
  readonly kind: "counter" | "gauge";
  readonly read: (lane: LaneStats) => number;
}

const LANE_METRICS: readonly LaneMetric[] = [
  {
    name: "agentex.tracing.span_events.enqueued",
    description: "Records accepted",
    kind: "counter",
    read: (l) => l.created + l.recovered,
  },
  { name: "agentex.tracing.export.spans", description: "Records delivered", kind: "counter", read: (l) => l.delivered },
  {
    name: "agentex.tracing.export.span_failures",
    description: "Records that the back end rejected",
    kind: "counter",
    read: (l) => l.dropped.rejected,
  },
  {
    name: "agentex.tracing.queue.depth",
    description: "Records that wait or are under way",
    kind: "gauge",
    read: pendingOf,
  },
  {
    name: "agentex.tracing.shutdown.remaining_items",
    description: "Records that a shutdown had no time for",
    kind: "counter",
    read: (l) => l.dropped.shutdown_timeout,
  },
  {
    name: "everspan.records.coalesced",
    description: "STARTs whose END was queued before they left",
    kind: "counter",
    read: (l) => l.coalesced,
  },
  {
    name: "everspan.records.maybe_delivered",
    description: "Lost records that may have arrived",
    kind: "counter",
    read: (l) => l.maybeDelivered,
  },
];

function observeStats(meter: Meter, stats: () => TracerStats): void {
  const perLane = LANE_METRICS.map((metric) => {
    const create = metric.kind === "counter" ? "createObservableCounter" : "createObservableGauge";
    return { metric, instrument: meter[create](metric.name, { description: metric.description }) };
  });
  const dropped = meter.createObservableCounter("agentex.tracing.span_events.dropped", { description: "Records lost" });
  const bytes = meter.createObservableGauge("everspan.queue.bytes", {
    description: "Memory held by records",
    unit: "By",
  });
  const open = meter.createObservableGauge("everspan.spans.open", { description: "Spans started and not ended" });
  const overhead = overheadInstruments(meter);
  meter.addBatchObservableCallback(
    (result) => {
      const { lanes, queue, overhead: taken } = stats();
      result.observe(bytes, queue.bytes);
      result.observe(open, queue.openSpans);
      if (taken !== undefined) overhead.observe(result, taken);
      for (const [processor, lane] of Object.entries(lanes)) {
        for (const { metric, instrument } of perLane) result.observe(instrument, metric.read(lane), { processor });
        for (const [reason, count] of Object.entries(lane.dropped)) {
          if (count > 0) result.observe(dropped, count, { processor, reason });
        }
      }
    },
    [...perLane.map(({ instrument }) => instrument), dropped, bytes, open, ...overhead.instruments],
  );
}

/** What the SDK itself takes, and what it gives up of payloads for a budget. */
function overheadInstruments(meter: Meter) {
  const loop = meter.createObservableGauge("everspan.overhead.loop_share", {
    description: "The SDK's part of the event loop's time",
    unit: "1",
  });
  const heap = meter.createObservableGauge("everspan.overhead.heap_share", {
    description: "The SDK's part of what the heap may grow to",
    unit: "1",
  });
  const degraded = meter.createObservableCounter("everspan.payloads.degraded", {
    description: "Payloads cut to previews or left out for the overhead budget",
  });
  const observe = (result: ObservableResult, { loopShare, heapShare, degradedPayloads }: OverheadStats) => {
    result.observe(loop, loopShare);
    result.observe(heap, heapShare);
    for (const [level, count] of Object.entries(degradedPayloads)) result.observe(degraded, count, { level });
  };
  return { instruments: [loop, heap, degraded], observe };
}

function pendingOf(lane: LaneStats): number {
  return lane.pending.queued + lane.pending.spooled + lane.pending.inFlight;
}
