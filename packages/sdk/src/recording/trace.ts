import { newSpanId, type SpanSnapshot } from "@everspan/protocol";
import { type CaptureMemory, captureId, captureName } from "../capture/index.ts";
import { activeSpan, withActiveSpan } from "./context.ts";
import type { Recorder } from "./recorder.ts";
import { runInSpan } from "./run-in-span.ts";
import { Span, type SpanIds } from "./span.ts";
import type { SpanOptions } from "./span-options.ts";
import type { TraceReading } from "./trace-reading.ts";

export interface TraceOptions {
  /** The task that all spans of the trace belong to, unless they name another. */
  readonly taskId?: string;
}

/**
 * A tree of spans under one trace id. A handle, not a resource: several may stand for one id, and none needs to be
 * closed. A disabled trace takes every call and records nothing.
 */
export class Trace {
  readonly id: string;
  readonly taskId: string | undefined;
  /** @internal What was captured before in this trace; shared by all its handles. */
  readonly captureMemory: CaptureMemory;
  readonly #recorder: Recorder | undefined;
  readonly #reading: () => Promise<TraceReading>;

  /** @internal Traces are made by `Tracer`. A trace without a recorder is disabled. */
  constructor(
    id: string,
    options: TraceOptions,
    recorder: Recorder | undefined,
    captureMemory: CaptureMemory,
    reading: () => Promise<TraceReading>,
  ) {
    this.id = id;
    this.taskId = options.taskId === undefined ? undefined : captureId(options.taskId);
    this.captureMemory = captureMemory;
    this.#recorder = recorder;
    this.#reading = reading;
  }

  /** False when spans of this trace are not recorded. */
  get isRecording(): boolean {
    return this.#recorder !== undefined;
  }

  /** @internal True when spans of this trace go to that recorder. */
  isRecordedBy(recorder: Recorder): boolean {
    return this.#recorder === recorder;
  }

  /** Starts a span that the caller ends. It does not become active; see `span`. */
  startSpan(name: string, options?: SpanOptions): Span {
    const given = options ?? {};
    return new Span(this, this.#recorder, captureName(name), given, this.#idsFor(given));
  }

  /**
   * Runs `fn` in a span that is active inside it and ends when `fn` returns, its promise settles or its async
   * iteration ends. The result becomes the output unless one was set. An error is recorded and rethrown unchanged.
   */
  span<T>(name: string, fn: (span: Span) => T): T;
  span<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
  span<T>(name: string, optionsOrFn: SpanOptions | ((span: Span) => T), maybeFn?: (span: Span) => T): T {
    const [options, fn] = spanArguments(optionsOrFn, maybeFn);
    const span = this.startSpan(name, options);
    return runInSpan(span, () => withActiveSpan(span, () => fn(span)));
  }

  /** From the first exporter that can read; undefined when it is unknown there or nobody can tell. */
  async getSpan(id: string): Promise<SpanSnapshot | undefined> {
    return this.#recorder === undefined ? undefined : (await this.#reading()).getSpan(this.id, id);
  }

  /** From the first exporter that can read; empty when nobody can tell. */
  async listSpans(): Promise<readonly SpanSnapshot[]> {
    return this.#recorder === undefined ? [] : (await this.#reading()).listSpans(this.id);
  }

  #idsFor(options: SpanOptions): SpanIds {
    if (this.#recorder === undefined) return { id: "", parentId: undefined };
    const id = options.id === undefined || options.id === "" ? newSpanId() : captureId(options.id);
    const parentId = this.#parentIdFor(options);
    return { id, parentId: parentId === id ? undefined : parentId };
  }

  #parentIdFor(options: SpanOptions): string | undefined {
    if (options.parentId === null) return undefined;
    if (options.parentId !== undefined && options.parentId !== "") return captureId(options.parentId);
    const active = activeSpan();
    return active !== undefined && active.trace.id === this.id && active.trace.#recorder === this.#recorder
      ? active.id
      : undefined;
  }
}

/** `(options, fn)` or `(fn)`. */
export function spanArguments<T>(
  optionsOrFn: SpanOptions | ((span: Span) => T),
  maybeFn: ((span: Span) => T) | undefined,
): [SpanOptions, (span: Span) => T] {
  return typeof optionsOrFn === "function" ? [{}, optionsOrFn] : [optionsOrFn ?? {}, maybeFn as (span: Span) => T];
}
