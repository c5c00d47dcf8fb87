import { type ObservabilityContext, type ServiceInfo, spanKey } from "@everspan/protocol";
import { type CaptureMemory, isObjectNode, type JsonNode } from "../../capture/index.ts";
import { show } from "../../contract/check-options.ts";
import { type Clock, SteadyWallClock } from "../../contract/clock.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { SpanSlot } from "../../delivery/core/index.ts";
import type { Pipeline } from "../../delivery/pipeline.ts";
import type { RecordState, SpanRecord } from "../../delivery/record/span-record.ts";
import { activeObservabilityContext } from "../../observability/otel-api.ts";
import { type MeasuringOptions, type PayloadCapturer, payloadCapturer } from "../../overhead/measured-capturer.ts";
import { applyProcessors } from "../../processors/apply-processors.ts";
import type { SpanProcessor } from "../../processors/span-processor.ts";
import type { TailHold, TailSampler } from "../../processors/tail-sampler.ts";
import { type OpenSpan, OpenSpans, type OpenSpansOptions } from "./open-spans.ts";

/** Given ids that are remembered. */
const MAX_GIVEN_IDS = 10_000;

/** A span that is being recorded. */
export interface RecordedSpan extends OpenSpan {
  /** Sends the span as it stands: the process is about to shut down while it is open. */
  sendAsItStands(): void;
}

export interface RecorderOptions extends MeasuringOptions {
  readonly service: ServiceInfo | undefined;
  readonly processors: readonly SpanProcessor[];
  readonly tailSampling: TailSampler | undefined;
  readonly openSpans: OpenSpansOptions;
  readonly pipeline: Pipeline;
}

/**
 * What a span needs of its tracer: time, capture, the processors, and the way into the pipeline. Everything here runs
 * on the application's path and never throws.
 */
export class Recorder {
  readonly service: ServiceInfo | undefined;
  readonly #processors: readonly SpanProcessor[];
  readonly #clock: Clock;
  readonly #wall: SteadyWallClock;
  readonly #diagnostics: Diagnostics;
  readonly #pipeline: Pipeline;
  readonly capturer: PayloadCapturer;
  readonly #tail: TailHold | undefined;
  readonly #givenIds = new Set<string>();
  /** Captures that stopped at their budget: what they cut is marked in the payload, with its size. */
  truncatedPayloads = 0;
  readonly openSpans: OpenSpans<RecordedSpan>;

  constructor(options: RecorderOptions) {
    this.service = options.service;
    this.#processors = options.processors;
    this.#clock = options.clock;
    this.#wall = new SteadyWallClock(options.clock);
    this.#diagnostics = options.diagnostics;
    this.#pipeline = options.pipeline;
    this.openSpans = new OpenSpans(options.openSpans, options.clock, options.diagnostics);
    this.capturer = payloadCapturer(options);
    this.#tail = options.tailSampling?.begin(options, this.#pass);
  }

  /** An id of the application's own choice. Back ends keep one span an id, so that a second one is lost there. */
  noteGivenId(traceId: string, id: string): void {
    const key = spanKey(traceId, id);
    if (this.#givenIds.has(key)) {
      const message = `two spans of one trace were given the same id, ${show(id)}: back ends keep one of them`;
      this.#diagnostics.warn("duplicate id", message, this.monotonicMs());
    }
    this.#givenIds.add(key);
    if (this.#givenIds.size > MAX_GIVEN_IDS) this.#givenIds.delete(this.#givenIds.values().next().value as string);
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  wallMicrosAt(monotonicMs: number): number {
    return this.#wall.microsAt(monotonicMs);
  }

  observabilityContext(): ObservabilityContext | undefined {
    return activeObservabilityContext();
  }

  /**
   * @param memory what the trace captured before
   * @param isContent an input or output, as opposed to what structure holds
   */
  capture(payload: unknown, memory: CaptureMemory, isContent = true): JsonNode | undefined {
    const node = this.capturer.capture(payload, memory, isContent);
    if (this.capturer.truncatedBytes > 0) this.truncatedPayloads += 1;
    return node;
  }

  /** `data` is an object; anything else is kept as `{ value }` rather than lost. */
  captureData(data: unknown, memory: CaptureMemory): JsonNode | undefined {
    if (data === undefined || data === null) return undefined;
    const node = this.capture(data, memory, false);
    return node === undefined || isObjectNode(node) ? node : this.capture({ value: data }, memory, false);
  }

  /** The hand-over of a record that need not be made, see `Pipeline.revise`. False where it must: offer it. */
  revise(slot: SpanSlot<SpanRecord>, state: RecordState, nowMs: number): boolean {
    const isRevised =
      this.#processors.length === 0 && this.#tail === undefined && this.#pipeline.revise(slot, state, nowMs);
    if (isRevised) this.capturer.recorded?.(slot.latest!.bytes, nowMs);
    return isRevised;
  }

  /** The hand-over: bounded, synchronous, never refused with an error. */
  offer(entry: SpanSlot<SpanRecord>, record: SpanRecord, nowMs: number): void {
    if (this.#tail?.takes(entry, record, nowMs) !== true) this.#pass(entry, record, nowMs);
    this.capturer.recorded?.(record.bytes, nowMs);
  }

  /** What is open goes as it stands, and what is held is decided. */
  endAll(): void {
    for (const span of this.openSpans.takeAll()) span.sendAsItStands();
    this.#tail?.end();
  }

  readonly #pass = (entry: SpanSlot<SpanRecord>, record: SpanRecord, nowMs: number): void => {
    if (this.#processors.length === 0) {
      this.#pipeline.offer(entry, record, nowMs);
      return;
    }
    const verdict = applyProcessors(this.#processors, record, (value) => this.capturer.capture(value));
    if (verdict.kind === "record") {
      this.#pipeline.offer(entry, verdict.record, nowMs);
      return;
    }
    this.#pipeline.countLost(verdict.reason);
    if (verdict.reason === "hook_failed") {
      this.#diagnostics.warn("hook_failed", `a span processor failed: ${verdict.detail}; the record is dropped`, nowMs);
    }
  };
}
