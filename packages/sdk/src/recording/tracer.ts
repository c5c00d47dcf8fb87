import { newTraceId } from "@everspan/protocol";
import { CaptureMemory, captureId } from "../capture/index.ts";
import type { FlushResult, TracerStats } from "../contract/account.ts";
import type { Clock } from "../contract/clock.ts";
import { DEFAULT_FLUSH_TIMEOUT_MS, DEFAULT_SHUTDOWN_TIMEOUT_MS, MAX_REMEMBERED_TRACES } from "../contract/defaults.ts";
import { Diagnostics } from "../contract/diagnostics.ts";
import { Pipeline } from "../delivery/pipeline.ts";
import { laneOptions } from "../delivery/resolve-lane.ts";
import { pipelineObserver } from "../observability/observer.ts";
import { warnOfSecondCopy } from "../observability/second-copy.ts";
import { resolveConfig, type TracerConfig } from "./config.ts";
import { memberOf } from "./following/members.ts";
import { freshSeed } from "./fresh-seed.ts";
import { activeSpanOf, withActiveSpan } from "./span/context.ts";
import { Recorder } from "./span/recorder.ts";
import { Span } from "./span/span.ts";
import type { SpanOptions } from "./span/span-options.ts";
import { spanArguments, Trace, type TraceHost, type TraceOptions } from "./trace.ts";
import type { TraceReading } from "./trace-reading.ts";
import { type AnyFunction, tracedFunction } from "./traced-function.ts";
import type { TracerOptions } from "./tracer-options.ts";

export interface FlushOptions {
  /** How long to wait, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How safe is safe enough: `delivered`; `spooled`, on disk, where it survives the process; `synced`, where it
   * survives a power cut (needs `spool.durability: "power"`). Without a spool each is `delivered`. Default `delivered`.
   */
  readonly until?: "delivered" | "spooled" | "synced" | undefined;
}

export type ShutdownOptions = Omit<FlushOptions, "until">;

/**
 * Records spans and hands them to a background pipeline: one lane for each exporter. Nothing runs before the first
 * span. No method throws into the application; only the constructor refuses options that it can't use.
 */
export class Tracer {
  readonly #config: TracerConfig;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #pipeline: Pipeline;
  readonly #recorder: Recorder;
  readonly #host: TraceHost;
  /** What was captured in the traces used last, most recent at the end. */
  readonly #captureMemories = new Map<string, CaptureMemory>();

  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_DUPLICATE_EXPORTER` */
  constructor(options?: TracerOptions) {
    const config = resolveConfig(options);
    this.#config = config;
    this.#clock = config.clock;
    this.#diagnostics = new Diagnostics(config.logger);
    this.#pipeline = new Pipeline({
      lanes: config.exporters.map((exporter) => ({
        exporter,
        ...laneOptions(exporter, config.batch, config.delivery),
      })),
      queue: config.queue,
      redaction: config.redaction,
      spool: config.disabled ? undefined : config.spool,
      clock: config.clock,
      diagnostics: this.#diagnostics,
      seed: freshSeed(),
      observer: pipelineObserver(() => this.stats()),
      producer: this,
    });
    this.#recorder = new Recorder({
      ...config,
      diagnostics: this.#diagnostics,
      pipeline: this.#pipeline,
    });
    const reading = async (): Promise<TraceReading> => {
      const { TraceReading } = await import("./trace-reading.ts");
      return new TraceReading(config.exporters, this.#diagnostics, config.clock);
    };
    this.#host = { recorder: this.#recorder, reading };
    warnOfSecondCopy(this.#diagnostics, config.clock);
  }

  /**
   * A handle on the trace with this id, for example a task's id: spans of several requests may share it. An empty or
   * missing id gives a disabled trace: every call works, nothing is recorded.
   */
  trace(id: string | undefined | null, options?: TraceOptions): Trace {
    if (!id) return new Trace("", options, this.#host, undefined);
    const traceId = captureId(id);
    return new Trace(traceId, options, this.#host, this.#config.disabled ? undefined : this.#captureMemoryOf(traceId));
  }

  /** A new trace with a fresh id (32 hex digits). */
  startTrace(options?: TraceOptions): Trace {
    return new Trace(newTraceId(), options, this.#host, this.#config.disabled ? undefined : new CaptureMemory());
  }

  /** As `trace.span`, in the active span's trace; the root of a new trace when none is active. */
  span<T>(name: string, fn: (span: Span) => T): T;
  span<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
  span<T>(name: string, optionsOrFn: SpanOptions | ((span: Span) => T), maybeFn?: (span: Span) => T): T {
    const [options, fn] = spanArguments(optionsOrFn, maybeFn);
    return this.#activeTrace().span(name, options, fn);
  }

  /**
   * Starts a span as the child of the active span, or as the root of a new trace, without making it active: for code
   * that is told of a start and an end, such as callbacks of a framework. Whoever starts it ends it.
   */
  startSpan(name: string, options?: SpanOptions): Span {
    return this.#activeTrace().startSpan(name, options);
  }

  /**
   * Wraps a function so that each call is a span: its arguments are the input (unless `options.input` is given), its
   * result the output. Promises, generators and streams are followed to their end. `this`, the function's own
   * properties, its `name` and `length` and its overloads stay; a class stays one.
   *
   * One thing a class can tell: in a static method called on the result, `this` is the result, so that `new this()` is
   * traced too, but a private static member is not found on it (a TypeError). Ask the class by its name
   * (`Agent.#count`), or trace the methods with the decorator.
   */
  traced<Fn extends AnyFunction>(name: string, fn: Fn, options?: SpanOptions): Fn {
    return tracedFunction(() => this, name, fn, options);
  }

  /**
   * Runs `fn` with the span active in it and in everything that it starts. The span is not ended. Without one, as where
   * `activeSpan()` gave none, it runs as it is.
   * @returns what `fn` returns
   */
  withSpan<T>(span: Span | undefined, fn: () => T): T {
    return span ? withActiveSpan(span, fn) : fn();
  }

  /** The span in whose context this runs, if it is one of this tracer's. */
  activeSpan(): Span | undefined {
    const span = activeSpanOf(this.#recorder);
    return span instanceof Span ? span : (span?.span as Span | undefined);
  }

  /**
   * Waits until everything that was accepted before the call is delivered, or counted as lost, or the time is up.
   * Never rejects.
   */
  flush(options?: FlushOptions): Promise<FlushResult> {
    const timeoutMs = checkedTimeout(options, DEFAULT_FLUSH_TIMEOUT_MS);
    const until = memberOf(options, "until");
    return until === "spooled" || until === "synced"
      ? this.#pipeline.flushToDisk(until, timeoutMs)
      : this.#pipeline.flush(timeoutMs);
  }

  /**
   * Sends open spans as they stand, delivers what is pending within the time, closes the exporters. Spans recorded
   * afterwards are counted as `shutdown`. A second call gets the same promise. Never rejects.
   */
  shutdown(options?: ShutdownOptions): Promise<FlushResult> {
    const timeoutMs = checkedTimeout(options, DEFAULT_SHUTDOWN_TIMEOUT_MS);
    return this.#pipeline.shutdown(timeoutMs, () => this.#recorder.endAll());
  }

  /** The account of every record, exact at this moment. */
  stats(): TracerStats {
    return {
      lanes: this.#pipeline.laneStats(),
      queue: {
        records: this.#pipeline.heldRecords,
        bytes: this.#pipeline.heldBytes,
        openSpans: this.#recorder.openSpans.size,
      },
      mode: this.#pipeline.mode,
      truncatedPayloads: this.#recorder.truncatedPayloads,
      unended: this.#recorder.openSpans.unended,
      overhead: this.#recorder.capturer.overhead,
    };
  }

  /** The active span's trace, or a new one. */
  #activeTrace(): Trace {
    const span = this.activeSpan();
    if (span === undefined) return this.startTrace();
    if (span.home instanceof Trace) return span.home;
    return this.trace(span.traceId, { taskId: span.traceTaskId });
  }

  #captureMemoryOf(traceId: string): CaptureMemory {
    const known = this.#captureMemories.get(traceId);
    const memory = known ?? new CaptureMemory();
    if (known !== undefined) this.#captureMemories.delete(traceId);
    this.#captureMemories.set(traceId, memory);
    if (this.#captureMemories.size > MAX_REMEMBERED_TRACES) {
      this.#captureMemories.delete(this.#captureMemories.keys().next().value as string);
    }
    return memory;
  }
}

/** A timeout that is no number is the default rather than an error: nothing throws outside the constructor. */
function checkedTimeout(options: ShutdownOptions | undefined, otherwiseMs: number): number {
  const timeoutMs = memberOf(options, "timeoutMs");
  return typeof timeoutMs === "number" && timeoutMs >= 0 ? timeoutMs : otherwiseMs;
}
