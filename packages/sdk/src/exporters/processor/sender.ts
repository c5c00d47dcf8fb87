import { BoundedMap, type SpanSnapshot, spanKey } from "@everspan/protocol";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { Sender } from "../backend/sender.ts";
import type { LegacySpanProcessor } from "./legacy-span-processor.ts";

/** Spans whose start was told and whose end was not. Beyond it the oldest is forgotten, and its start told again. */
const MAX_STARTED = 100_000;

/** Calls a processor as its own tracer did: a start, then an end. */
export class ProcessorSender implements Sender {
  readonly #processor: LegacySpanProcessor;
  readonly #started = new BoundedMap<true>(MAX_STARTED);
  /** What a failed attempt got through with: not told again by the retry. */
  readonly #ended = new BoundedMap<true>(MAX_STARTED);

  constructor(processor: LegacySpanProcessor) {
    this.#processor = processor;
  }

  async export(batch: readonly SpanSnapshot[]): Promise<ExportOutcome> {
    try {
      await this.#tellStarts(batch.filter((span) => !this.#started.has(keyOf(span)) && !this.#ended.has(keyOf(span))));
      await this.#tellEnds(batch.filter((span) => span.phase === "ended" && !this.#ended.has(keyOf(span))));
    } catch (error) {
      const words = error instanceof Error ? error.message : "no error";
      return { kind: "busy", reason: oneLine(`the processor threw: ${words}`), maybeDelivered: true };
    }
    for (const span of batch) this.#ended.delete(keyOf(span));
    return { kind: "delivered" };
  }

  async close(): Promise<void> {
    await this.#processor.shutdown?.();
  }

  async #tellStarts(spans: readonly SpanSnapshot[]): Promise<void> {
    const starts = spans.map(asStarted);
    await this.#tell(starts, this.#processor.onSpansStart, this.#processor.onSpanStart, (span) => {
      this.#started.set(keyOf(span), true);
    });
  }

  async #tellEnds(spans: readonly SpanSnapshot[]): Promise<void> {
    await this.#tell(spans, this.#processor.onSpansEnd, this.#processor.onSpanEnd, (span) => {
      this.#started.delete(keyOf(span));
      this.#ended.set(keyOf(span), true);
    });
  }

  async #tell(
    spans: readonly SpanSnapshot[],
    tellAll: ((spans: readonly SpanSnapshot[]) => unknown) | undefined,
    tellOne: ((span: SpanSnapshot) => unknown) | undefined,
    told: (span: SpanSnapshot) => void,
  ): Promise<void> {
    if (spans.length === 0) return;
    if (tellAll !== undefined) {
      await tellAll.call(this.#processor, spans);
      for (const span of spans) told(span);
      return;
    }
    for (const span of spans) {
      await tellOne?.call(this.#processor, span);
      told(span);
    }
  }
}

/** The span as it began, read from its end. */
function asStarted(span: SpanSnapshot): SpanSnapshot {
  if (span.phase === "started") return span;
  const { endTime: _end, output: _output, error: _error, ...rest } = span;
  return Object.freeze({ ...rest, phase: "started", status: "OK" });
}

function keyOf(span: SpanSnapshot): string {
  return spanKey(span.traceId, span.id);
}
