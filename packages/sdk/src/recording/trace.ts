import { newSpanId, type SpanSnapshot } from "@everspan/protocol";
import { CaptureMemory, captureId, captureName } from "../capture/index.ts";
import { runInSpan } from "./following/run-in-span.ts";
import { activeSpanOf, withActiveSpan } from "./span/context.ts";
import type { Recorder } from "./span/recorder.ts";
import { type NewSpanIdentity, Span, type SpanHome } from "./span/span.ts";
import { readableOptions, type SpanOptions } from "./span/span-options.ts";
import type { TraceReading } from "./trace-reading.ts";

export interface TraceOptions {
  /** The task that all spans of the trace belong to, unless they name another. */
  readonly taskId?: string | undefined;
}

/** What a trace has of its tracer. */
export interface TraceHost {
  readonly recorder: Recorder;
  readonly reading: () => Promise<TraceReading>;
}

const NOT_RECORDED: NewSpanIdentity = { id: "", parentId: undefined, isRecorded: false };
const NO_OPTIONS: SpanOptions = {};
const NOTHING_CAPTURED = new CaptureMemory();

/**
 * A tree of spans under one trace id. A handle, not a resource: several may stand for one id, and none needs to be
 * closed. A disabled trace takes every call and records nothing, nor do spans that begin inside its spans.
 */
export class Trace implements SpanHome {
  readonly id: string;
  readonly taskId: string | undefined;
  /** @internal What was captured before in this trace; shared by all its handles. */
  readonly captureMemory: CaptureMemory;
  /** False when spans of this trace are not recorded. */
  readonly isRecording: boolean;
  readonly #host: TraceHost;

  /** @internal Traces are made by `Tracer`. A trace without a capture memory is disabled. */
  constructor(
    id: string,
    options: TraceOptions | undefined,
    host: TraceHost,
    captureMemory: CaptureMemory | undefined,
  ) {
    this.id = id;
    this.taskId = taskIdOf(options);
    this.isRecording = captureMemory !== undefined;
    this.captureMemory = captureMemory ?? NOTHING_CAPTURED;
    this.#host = host;
  }

  /** Starts a span that the caller ends. It does not become active; see `span`. */
  startSpan(name: string, options?: SpanOptions): Span {
    const given = typeof options === "object" && options !== null ? options : NO_OPTIONS;
    try {
      return this.#start(name, given);
    } catch {
      return this.#start(name, readableOptions(given));
    }
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

  /** From the first exporter that can read; undefined when the span is unknown there or no exporter can read. */
  async getSpan(id: string): Promise<SpanSnapshot | undefined> {
    return this.isRecording ? (await this.#host.reading()).getSpan(this.id, id) : undefined;
  }

  /** From the first exporter that can read; empty when no exporter can. */
  async listSpans(): Promise<readonly SpanSnapshot[]> {
    return this.isRecording ? (await this.#host.reading()).listSpans(this.id) : [];
  }

  #start(name: string, options: SpanOptions): Span {
    const { recorder } = this.#host;
    const span = new Span(this, recorder, captureName(name), options, this.#identityFor(options));
    if (options.id && this.isRecording) recorder.noteGivenId(this.id, span.id);
    return span;
  }

  #identityFor(options: SpanOptions): NewSpanIdentity {
    if (!this.isRecording) return NOT_RECORDED;
    const id = options.id === undefined || options.id === "" ? newSpanId() : captureId(options.id);
    const parentId = this.#parentIdFor(options);
    return { id, parentId: parentId === id ? undefined : parentId, isRecorded: true };
  }

  #parentIdFor(options: SpanOptions): string | undefined {
    const { parentId } = options;
    if (parentId === null) return undefined;
    if (parentId !== undefined && parentId !== "") return captureId(parentId);
    const active = activeSpanOf(this.#host.recorder);
    return active !== undefined && active.traceId === this.id ? active.id : undefined;
  }
}

function taskIdOf(options: TraceOptions | undefined): string | undefined {
  try {
    const taskId = options?.taskId;
    return taskId === undefined ? undefined : captureId(taskId);
  } catch {
    return undefined;
  }
}

/** `(options, fn)` or `(fn)`. */
export function spanArguments<T>(
  optionsOrFn: SpanOptions | ((span: Span) => T),
  maybeFn: ((span: Span) => T) | undefined,
): [SpanOptions, (span: Span) => T] {
  return typeof optionsOrFn === "function" ? [NO_OPTIONS, optionsOrFn] : [optionsOrFn, maybeFn as (span: Span) => T];
}
