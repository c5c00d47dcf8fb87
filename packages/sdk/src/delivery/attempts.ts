import { AsyncLocalStorage } from "node:async_hooks";
import { captureError } from "../capture/index.ts";
import type { Clock } from "../contract/clock.ts";
import { deadline } from "../contract/deadline.ts";
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { ProducerSource } from "../contract/producer-source.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { exportBatch } from "../exporters/backend/lazy-exporter.ts";
import type { SnapshotSource } from "../exporters/backend/sender.ts";
import type { LaneRedaction } from "../redaction/lane-redaction.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { Batch } from "./core/index.ts";
import type { RecordDisk } from "./disk/record-disk.ts";
import { ExporterUse } from "./exporter-users.ts";
import type { PipelineObserver, PipelineOptions } from "./pipeline-options.ts";
import type { SpanRecord } from "./record/span-record.ts";

/** Exports run outside every request's context, whichever request happened to fill the batch. */
const outsideOfRequests = AsyncLocalStorage.snapshot();

type AttemptsOptions = Pick<PipelineOptions, "clock" | "observer" | "producer">;

/**
 * Attempts in flight: calls exporters and turns whatever they do (throw, reject with anything, answer nonsense)
 * into an outcome, once. Deadlines are the core's; here an abort only tells the exporter to stop.
 */
export class Attempts {
  readonly #exporters: readonly SpanExporter[];
  readonly #clock: Clock;
  readonly #observer: PipelineObserver | undefined;
  readonly #producer: ProducerSource | undefined;
  readonly #disk: RecordDisk | undefined;
  readonly #running = new Map<Batch<SpanRecord>, AbortController>();
  readonly #redaction: LaneRedaction;
  readonly #use = new ExporterUse();

  /** @param exporters by lane index */
  constructor(
    exporters: readonly SpanExporter[],
    { clock, observer, producer }: AttemptsOptions,
    disk: RecordDisk | undefined,
    redaction: LaneRedaction,
  ) {
    this.#exporters = exporters;
    this.#clock = clock;
    this.#observer = observer;
    this.#producer = producer;
    this.#disk = disk;
    this.#redaction = redaction;
  }

  begin(batch: Batch<SpanRecord>, report: (outcome: ExportOutcome) => void): void {
    const exporter = this.#exporters[batch.laneIndex]!;
    const controller = new AbortController();
    const attempt = batch.attempt;
    this.#running.set(batch, controller);
    this.#use.begin(exporter);
    outsideOfRequests(() => {
      void this.#export(exporter, batch, attempt, controller.signal).then((outcome) => {
        // An aborted batch may already be in flight again: then this outcome belongs to no attempt.
        if (this.#running.get(batch) !== controller) return;
        this.#running.delete(batch);
        report(outcome);
      });
    });
  }

  async #export(
    exporter: SpanExporter,
    batch: Batch<SpanRecord>,
    attempt: number,
    signal: AbortSignal,
  ): Promise<ExportOutcome> {
    const startedMs = this.#clock.monotonicMs();
    let outcome: ExportOutcome;
    try {
      const redactor = await this.#redactorOf(batch.laneIndex);
      if (redactor === "unavailable") return { kind: "busy", reason: "the redaction can't be loaded" };
      // A list of its own: after an abort the batch may change while the exporter still reads.
      const records = batch.records.slice();
      const leave = this.#disk?.whenSafeToSend(records);
      if (leave !== undefined) await leave;
      outcome = await exportBatch(exporter, sourcesOf(records, redactor), {
        signal,
        attempt,
        producer: this.#producer,
      });
    } catch (error) {
      const { type, message } = captureError(error);
      outcome = { kind: "busy", reason: oneLine(`exporter threw ${type}: ${message}`), maybeDelivered: true };
    }
    this.#observer?.attemptEnded?.(exporter.name, batch.size, outcome.kind, this.#clock.monotonicMs() - startedMs);
    return outcome;
  }

  /** Without the patterns nothing is sent. */
  async #redactorOf(laneIndex: number): Promise<Redactor | undefined | "unavailable"> {
    try {
      return await this.#redaction.of(laneIndex);
    } catch {
      return "unavailable";
    }
  }

  abort(batch: Batch<SpanRecord>): void {
    const controller = this.#running.get(batch);
    this.#running.delete(batch);
    controller?.abort(new DOMException("the attempt was aborted", "TimeoutError"));
  }

  /** Lets every exporter close, but waits no longer than this. */
  async shutdownExporters(timeoutMs: number): Promise<void> {
    const closings = this.#exporters.map(async (exporter) => {
      if (!this.#use.end(exporter)) return;
      try {
        await exporter.shutdown?.();
      } catch {
        // What it was to deliver is already counted.
      }
    });
    await deadline(this.#clock, Promise.all(closings), timeoutMs);
  }
}

/** What is withheld is left out when a snapshot is made, so that lanes and processors share the records as they are. */
function sourcesOf(records: readonly SpanRecord[], redactor: Redactor | undefined): readonly SnapshotSource[] {
  if (redactor === undefined) return records;
  return records.map((record) => ({ toSnapshot: () => redactor.record(record).toSnapshot() }));
}
