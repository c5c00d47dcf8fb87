import { BoundedMap, type SpanPhase, type SpanSnapshot, spanKey } from "@everspan/protocol";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
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

  async export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const tried = { started: new Set<string>(), ended: new Set<string>() };
    try {
      await this.#tellStarts(
        batch.filter((span) => !this.#started.has(keyOf(span)) && !this.#ended.has(keyOf(span))),
        tried.started,
      );
      await this.#tellEnds(
        batch.filter((span) => span.phase === "ended" && !this.#ended.has(keyOf(span))),
        tried.ended,
      );
    } catch (error) {
      const words = error instanceof Error ? error.message : "no error";
      const told = this.#told(batch, tried);
      // The lane listens no longer to an attempt that it gave up: its retry asks again.
      if (!signal.aborted) for (const position of told.delivered) this.#ended.delete(keyOf(batch[position]!));
      return { kind: "busy", reason: oneLine(`the processor threw: ${words}`), ...told };
    }
    for (const span of batch) this.#ended.delete(keyOf(span));
    return { kind: "delivered" };
  }

  /** What the processor has, and what it may have from the call that threw, by position. */
  #told(batch: readonly SpanSnapshot[], tried: Readonly<Record<SpanPhase, ReadonlySet<string>>>) {
    const delivered: number[] = [];
    const maybeDelivered: number[] = [];
    for (const [position, span] of batch.entries()) {
      const key = keyOf(span);
      if (span.phase === "ended" ? this.#ended.has(key) : this.#started.has(key)) delivered.push(position);
      else if (tried[span.phase].has(key)) maybeDelivered.push(position);
    }
    return { delivered, maybeDelivered };
  }

  async close(): Promise<void> {
    await this.#processor.shutdown?.();
  }

  async #tellStarts(spans: readonly SpanSnapshot[], tried: Set<string>): Promise<void> {
    const { onSpansStart, onSpanStart } = this.#processor;
    await this.#tell(spans.map(asStarted), tried, onSpansStart, onSpanStart, (key) => this.#started.set(key, true));
  }

  async #tellEnds(spans: readonly SpanSnapshot[], tried: Set<string>): Promise<void> {
    const { onSpansEnd, onSpanEnd } = this.#processor;
    await this.#tell(spans, tried, onSpansEnd, onSpanEnd, (key) => {
      this.#started.delete(key);
      this.#ended.set(key, true);
    });
  }

  async #tell(
    spans: readonly SpanSnapshot[],
    tried: Set<string>,
    tellAll: ((spans: readonly SpanSnapshot[]) => unknown) | undefined,
    tellOne: ((span: SpanSnapshot) => unknown) | undefined,
    told: (key: string) => void,
  ): Promise<void> {
    if (spans.length === 0) return;
    if (tellAll !== undefined) {
      for (const span of spans) tried.add(keyOf(span));
      await tellAll.call(this.#processor, spans);
      for (const span of spans) told(keyOf(span));
      return;
    }
    for (const span of spans) {
      tried.add(keyOf(span));
      await tellOne?.call(this.#processor, span);
      told(keyOf(span));
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
