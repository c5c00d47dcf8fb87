import {
  formatTimestamp,
  isSpanType,
  type ObservabilityContext,
  type SpanError,
  type SpanStatus,
  type SpanType,
} from "@everspan/protocol";
import { captureError, captureId, captureName, type JsonNode } from "../capture/index.ts";
import { SpanEntry } from "../delivery/core/index.ts";
import { endedForIt, SpanRecord } from "../delivery/span-record.ts";
import { OpenPlace } from "./open-spans.ts";
import type { Recorder } from "./recorder.ts";
import type { SpanOptions, TimeInput } from "./span-options.ts";
import { microsOf } from "./timing.ts";
import type { Trace } from "./trace.ts";

const STATUSES: ReadonlySet<unknown> = new Set<SpanStatus>(["OK", "ERROR", "CANCELED"]);

/** The revisions of a span: what it was when it started, as it stands at a shutdown, and its end. */
const STARTED_REVISION = 0;
const ENDED_REVISION = 2;
const STANDING_REVISION = 1;

/**
 * The live handle of one operation. Payloads are captured when it starts and when it ends: what the application
 * changes in them afterwards is never seen. Every member works, and does nothing, on a span that is not recording.
 */
export class Span implements Disposable {
  readonly trace: Trace;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly taskId: string | undefined;
  readonly type: SpanType;

  #name: string;
  #status: SpanStatus = "OK";
  #error: SpanError | undefined = undefined;
  #input: unknown;
  #output: unknown;
  #data: Record<string, unknown> | undefined;

  /** Undefined once the span has ended, or when it never recorded. */
  #recorder: Recorder | undefined;
  readonly #startMicros: number;
  readonly #startMonotonicMs: number;
  /** @internal */
  readonly openPlace = new OpenPlace();
  readonly #entry = new SpanEntry<SpanRecord>();
  /** What was captured at the start. The input is captured again only when another one was assigned. */
  #capturedInput: JsonNode | undefined = undefined;
  readonly #obs: ObservabilityContext | undefined;

  /** @internal Spans are made by `Trace`. */
  constructor(trace: Trace, recorder: Recorder | undefined, name: string, options: SpanOptions, ids: SpanIds) {
    this.trace = trace;
    this.id = ids.id;
    this.parentId = ids.parentId;
    this.taskId = options.taskId === undefined ? trace.taskId : captureId(options.taskId);
    this.type = isSpanType(options.type) ? options.type : "STANDALONE";
    this.#name = name;
    this.#input = options.input;
    this.#output = options.output;
    this.#data = options.data;
    this.#recorder = recorder;
    if (recorder === undefined) {
      this.#startMicros = 0;
      this.#startMonotonicMs = 0;
      return;
    }
    this.#startMonotonicMs = recorder.monotonicMs();
    this.#startMicros = microsOf(options.startTime) ?? recorder.wallMicrosAt(this.#startMonotonicMs);
    this.#obs = recorder.observabilityContext();
    this.#capturedInput = recorder.capture(this.#input, trace);
    recorder.openSpans.add(this, this.#startMonotonicMs);
    recorder.offer(this.#entry, this.#record(recorder, "started", STARTED_REVISION), this.#startMonotonicMs);
  }

  get traceId(): string {
    return this.trace.id;
  }

  /** RFC 3339 UTC with microseconds. */
  get startTime(): string {
    return formatTimestamp(this.#startMicros);
  }

  /** True until the span ends; false for ever on a disabled trace. */
  get isRecording(): boolean {
    return this.#recorder !== undefined;
  }

  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    if (this.#recorder !== undefined) this.#name = captureName(name);
  }

  get status(): SpanStatus {
    return this.#status;
  }

  /** Anything but `OK`, `ERROR` and `CANCELED` is ignored. */
  set status(status: SpanStatus) {
    if (this.#recorder !== undefined && STATUSES.has(status)) this.#status = status;
  }

  get input(): unknown {
    return this.#input;
  }

  /** Captured at once, as the input given at the start was. */
  set input(input: unknown) {
    if (this.#recorder === undefined) return;
    this.#input = input;
    this.#capturedInput = this.#recorder.capture(input, this.trace);
  }

  get output(): unknown {
    return this.#output;
  }

  set output(output: unknown) {
    if (this.#recorder !== undefined) this.#output = output;
  }

  get data(): Record<string, unknown> | undefined {
    return this.#data;
  }

  set data(data: Record<string, unknown> | undefined) {
    if (this.#recorder !== undefined) this.#data = data;
  }

  /** Merges keys into `data`: a shallow merge, later keys win. The object given before is not changed. */
  setData(data: Record<string, unknown>): this {
    if (this.#recorder !== undefined) {
      try {
        this.#data = { ...this.#data, ...data };
      } catch {
        // An object that can't be read has nothing to add.
      }
    }
    return this;
  }

  /** Makes the span's status `ERROR` (`CANCELED` for an abort) and keeps the error's type, message and stack. */
  recordError(error: unknown): this {
    if (this.#recorder !== undefined) {
      this.#error = captureError(error);
      this.#status = this.#error.type === "AbortError" ? "CANCELED" : "ERROR";
    }
    return this;
  }

  /** Ends the span; later calls do nothing. An end before the start counts as the start. */
  end(endTime?: TimeInput): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    this.#recorder = undefined;
    const nowMs = recorder.monotonicMs();
    const endMicros = microsOf(endTime) ?? this.#microsAt(nowMs);
    recorder.openSpans.delete(this);
    const record = this.#record(recorder, "ended", ENDED_REVISION, Math.max(endMicros, this.#startMicros));
    recorder.offer(this.#entry, record, nowMs);
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /**
   * Sends the span as it stands: the process is about to shut down and nobody has ended it.
   * @internal
   */
  sendAsItStands(): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    this.setData({ "everspan.open_at_shutdown": true });
    recorder.offer(this.#entry, this.#record(recorder, "started", STANDING_REVISION), recorder.monotonicMs());
  }

  /**
   * Sends the span as ended, since nobody ends it. It goes on recording: should `end` be called after all, that end is
   * newer.
   * @internal
   */
  giveUp(message: string): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    const nowMs = recorder.monotonicMs();
    const standing = this.#record(recorder, "started", STANDING_REVISION);
    const ended = endedForIt(standing, this.#microsAt(nowMs), { type: "NeverEnded", message });
    recorder.offer(this.#entry, ended, nowMs);
  }

  /** Durations come from the monotonic clock: the wall clock may go back between start and end. */
  #microsAt(nowMs: number): number {
    return this.#startMicros + Math.floor((nowMs - this.#startMonotonicMs) * 1000);
  }

  #record(recorder: Recorder, phase: "started" | "ended", revision: number, endMicros?: number): SpanRecord {
    return new SpanRecord({
      phase,
      revision,
      traceId: this.trace.id,
      id: this.id,
      parentId: this.parentId,
      taskId: this.taskId,
      name: this.#name,
      type: this.type,
      startMicros: this.#startMicros,
      endMicros,
      status: this.#status,
      error: this.#error,
      input: this.#capturedInput,
      output: recorder.capture(this.#output, this.trace),
      data: recorder.captureData(this.#data, this.trace),
      service: recorder.service,
      obs: this.#obs,
    });
  }
}

export interface SpanIds {
  readonly id: string;
  readonly parentId: string | undefined;
}
