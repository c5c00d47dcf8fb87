import { captureError } from "../capture/index.ts";
import { deadline } from "../contract/deadline.ts";
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { exportBatch } from "../exporters/backend/export-batch.ts";
import { LaneRedaction } from "../redaction/lane-redaction.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { Batch } from "./core/index.ts";
import type { RecordDisk } from "./disk/record-disk.ts";
import { ExporterUse } from "./exporter-users.ts";
import { outsideOfRequests } from "./outside-of-requests.ts";
import type { PipelineObserver, PipelineOptions } from "./pipeline-options.ts";
import type { SpanRecord } from "./record/span-record.ts";
import { recordSources } from "./record-sources.ts";

/** What is loaded at the same time comes in the same file: the core's half that sends, and what compares payloads. */
export { Comparison } from "../capture/unchanged.ts";
export { Outcomes } from "./core/outcomes.ts";

/**
 * Attempts in flight: calls exporters and turns whatever they do (throw, reject with anything, answer nonsense)
 * into an outcome, once. Deadlines are the core's; here an abort only tells the exporter to stop.
 */
export class Attempts {
  readonly #exporters: readonly SpanExporter[];
  readonly #options: PipelineOptions;
  readonly #disk: RecordDisk | undefined;
  readonly #running = new Map<Batch<SpanRecord>, AbortController>();
  readonly #redaction: LaneRedaction;
  readonly #use = new ExporterUse();
  readonly #observer: Promise<PipelineObserver | undefined> | undefined;

  constructor(options: PipelineOptions, disk: RecordDisk | undefined) {
    this.#options = options;
    this.#exporters = options.lanes.map(({ exporter }) => exporter);
    this.#disk = disk;
    this.#observer = options.observer?.().catch(() => undefined);
    this.#redaction = new LaneRedaction(
      options.redaction,
      options.lanes.map(({ redaction }) => redaction),
    );
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
    const { clock, producer } = this.#options;
    const { size } = batch;
    const startedMs = clock.monotonicMs();
    let outcome: ExportOutcome;
    try {
      const redactor = await this.#redactorOf(batch.laneIndex);
      if (redactor === "unavailable") return { kind: "busy", reason: "the redaction can't be loaded" };
      // A list of its own: after an abort the batch may change while the exporter still reads.
      const records = batch.records.slice();
      const leave = this.#disk?.whenSafeToSend(records);
      if (leave !== undefined) await leave;
      const sources = recordSources(exporter, records, redactor, signal);
      outcome = await exportBatch(exporter, await sources, { signal, attempt, producer });
    } catch (error) {
      const { type, message } = captureError(error);
      outcome = { kind: "busy", reason: oneLine(`exporter threw ${type}: ${message}`), maybeDelivered: true };
    }
    const durationMs = clock.monotonicMs() - startedMs;
    void this.#observer?.then((observer) => observer?.attemptEnded?.(exporter.name, size, outcome.kind, durationMs));
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
    await deadline(this.#options.clock, Promise.all(closings), timeoutMs);
  }
}
