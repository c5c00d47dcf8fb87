import {
  ENDED,
  formatTimestamp,
  isSpanType,
  type ObservabilityContext,
  type SpanError,
  type SpanStatus,
  type SpanType,
  STANDING,
  STARTED,
} from "@everspan/protocol";
import {
  bytesOf,
  type CaptureMemory,
  captureError,
  captureId,
  captureName,
  isAbort,
  type JsonNode,
  toJson,
} from "../../capture/index.ts";
import { SpanSlot } from "../../delivery/core/index.ts";
import { endedWithoutEnd, type RecordState, SpanRecord } from "../../delivery/record/span-record.ts";
import type { SpanIdentity } from "./context.ts";
import { OpenPlace } from "./open-spans.ts";
import type { RecordedSpan, Recorder } from "./recorder.ts";
import type { SpanOptions, TimeInput } from "./span-options.ts";
import { microsOf } from "./timing.ts";

const STATUSES: ReadonlySet<unknown> = new Set<SpanStatus>(["OK", "ERROR", "CANCELED"]);

/** What a span needs of its trace. */
export interface SpanHome {
  readonly id: string;
  readonly taskId: string | undefined;
  /** What was captured before in this trace. */
  readonly captureMemory: CaptureMemory;
}

/** Who a new span is. A span that is not recorded has no id. */
export interface NewSpanIdentity {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly isRecorded: boolean;
}

/**
 * The live handle of one operation. Payloads are captured when it starts and when it ends: what the application
 * changes in them afterwards is never seen. Every member works, and does nothing, on a span that is not recording.
 *
 * An ended span holds nothing of its payloads, raw or captured: contexts and applications keep ended spans for hours.
 */
export class Span implements Disposable, RecordedSpan, SpanIdentity {
  readonly id: string;
  readonly traceId: string;
  readonly parentId: string | undefined;
  readonly taskId: string | undefined;
  readonly type: SpanType;
  /** @internal The recorder that all spans of one tracer share, disabled ones included. */
  readonly owner: object;
  /** @internal The task of the whole trace, for spans that begin inside this one. */
  readonly traceTaskId: string | undefined;

  #name: string;
  #status: SpanStatus = "OK";
  #error: SpanError | undefined = undefined;
  #input: unknown;
  #output: unknown;
  #data: object | undefined;

  /** Undefined once the span has ended, or when it never recorded; so are the fields after it. */
  #recorder: Recorder | undefined;
  #home: SpanHome | undefined;
  #slot: SpanSlot<SpanRecord> | undefined;
  /** What was captured at the start. The input is captured again only when another one was assigned. */
  #capturedInput: JsonNode | undefined = undefined;

  readonly #startMicros: number;
  readonly #startMonotonicMs: number;
  /** The application said when it started: its end is then no duration of ours but an instant too. */
  readonly #isBackdated: boolean;
  /** @internal */
  readonly openPlace = new OpenPlace();
  readonly #obs: ObservabilityContext | undefined;

  /** @internal Spans are made by `Trace`. Throws only what a getter of the options throws, before anything is done. */
  constructor(home: SpanHome, recorder: Recorder, name: string, options: SpanOptions, identity: NewSpanIdentity) {
    this.owner = recorder;
    this.traceId = home.id;
    this.id = identity.id;
    this.parentId = identity.parentId;
    this.traceTaskId = home.taskId;
    const { taskId, type, startTime, input, output, data } = options;
    this.taskId = taskId === undefined ? home.taskId : captureId(taskId);
    this.type = isSpanType(type) ? type : "STANDALONE";
    this.#name = name;
    this.#startMicros = 0;
    this.#startMonotonicMs = 0;
    this.#isBackdated = false;
    if (!identity.isRecorded) return;
    this.#recorder = recorder;
    this.#home = home;
    const slot = new SpanSlot<SpanRecord>();
    this.#slot = slot;
    this.#input = input;
    this.#output = output;
    this.#data = data ?? undefined;
    const given = microsOf(startTime);
    this.#startMonotonicMs = recorder.monotonicMs();
    this.#startMicros = given ?? recorder.wallMicrosAt(this.#startMonotonicMs);
    this.#isBackdated = given !== undefined;
    this.#obs = recorder.observabilityContext();
    this.#capturedInput = recorder.capture(this.#input, home.captureMemory);
    recorder.openSpans.add(this, this.#startMonotonicMs);
    recorder.offer(
      slot,
      this.#record(recorder, this.#state(recorder, home, "started", STARTED)),
      this.#startMonotonicMs,
    );
  }

  /** @internal Undefined once the span has ended. */
  get home(): SpanHome | undefined {
    return this.#home;
  }

  /** RFC 3339 UTC with microseconds. */
  get startTime(): string {
    return formatTimestamp(this.#startMicros);
  }

  /** True until the span ends; always false on a disabled trace. */
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

  /** What was given or assigned; undefined once the span has ended, as `output` and `data` are. */
  get input(): unknown {
    return this.#input;
  }

  /** Captured immediately, as the input given at the start was. */
  set input(input: unknown) {
    if (this.#recorder === undefined) return;
    this.#input = input;
    this.#capturedInput = this.#recorder.capture(input, this.#home!.captureMemory);
  }

  get output(): unknown {
    return this.#output;
  }

  set output(output: unknown) {
    if (this.#recorder !== undefined) this.#output = output;
  }

  get data(): Record<string, unknown> | undefined {
    return this.#data as Record<string, unknown> | undefined;
  }

  set data(data: object | undefined) {
    if (this.#recorder !== undefined) this.#data = data;
  }

  /** Merges keys into `data`: a shallow merge, later keys win. The object given before is not changed. */
  setData(data: object): this {
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
      this.#status = isAbort(error, this.#input) ? "CANCELED" : "ERROR";
    }
    return this;
  }

  /** Ends the span; later calls do nothing. An end before the start counts as the start. */
  end(endTime?: TimeInput): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    const home = this.#home!;
    const slot = this.#slot!;
    // First of all: a getter of the output may call `end` again.
    this.#recorder = this.#home = this.#slot = undefined;
    const nowMs = recorder.monotonicMs();
    const endMicros = Math.max(microsOf(endTime) ?? this.#microsAt(recorder, nowMs), this.#startMicros);
    recorder.openSpans.delete(this);
    const state = this.#state(recorder, home, "ended", ENDED, endMicros);
    this.#input = this.#output = this.#data = this.#capturedInput = undefined;
    if (!recorder.revise(slot, state, nowMs)) recorder.offer(slot, this.#record(recorder, state), nowMs);
  }

  /**
   * @param nowMs monotonic
   * @internal
   */
  endAt(nowMs: number | undefined): void {
    const recorder = this.#recorder;
    if (recorder === undefined || nowMs === undefined) this.end();
    else this.end(this.#microsAt(recorder, nowMs) / 1000);
  }

  /** @internal Monotonic. */
  nowMs(): number {
    return this.#recorder?.monotonicMs() ?? 0;
  }

  /**
   * A part of the output as it is now, to be assigned with others later.
   * @returns the part and its size in bytes
   * @internal
   */
  captureItem(value: unknown): [captured: unknown, bytes: number] {
    const node = this.#recorder?.capture(value, this.#home!.captureMemory) ?? null;
    return [toJson(node), bytesOf(node)];
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** @internal */
  sendAsItStands(): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    this.setData({ "everspan.open_at_shutdown": true });
    recorder.offer(this.#slot!, this.#standing(recorder), recorder.monotonicMs());
  }

  /**
   * It goes on recording: should `end` be called after all, that end is newer.
   * @internal
   */
  endUnended(message: string): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    const nowMs = recorder.monotonicMs();
    const ended = endedWithoutEnd(this.#standing(recorder), this.#microsAt(recorder, nowMs), {
      type: "Unended",
      message,
    });
    recorder.offer(this.#slot!, ended, nowMs);
  }

  /**
   * Durations come from the monotonic clock: the wall clock may go back between start and end. Where it went ahead
   * (a laptop slept, and the monotonic clock with it) spans inside this one started by the later time.
   */
  #microsAt(recorder: Recorder, nowMs: number): number {
    const wallMicros = recorder.wallMicrosAt(nowMs);
    if (this.#isBackdated) return wallMicros;
    return Math.max(wallMicros, this.#startMicros + Math.floor((nowMs - this.#startMonotonicMs) * 1000));
  }

  #standing(recorder: Recorder): SpanRecord {
    return this.#record(recorder, this.#state(recorder, this.#home!, "started", STANDING));
  }

  #record({ service }: Recorder, state: RecordState): SpanRecord {
    const { traceId, id, parentId, taskId, type } = this;
    const identity = { traceId, id, parentId, taskId, type, startMicros: this.#startMicros, service, obs: this.#obs };
    return new SpanRecord(identity, state);
  }

  #state(
    recorder: Recorder,
    { captureMemory }: SpanHome,
    phase: "started" | "ended",
    revision: number,
    endMicros?: number,
  ): RecordState {
    return {
      phase,
      revision,
      name: this.#name,
      endMicros,
      status: this.#status,
      error: this.#error,
      input: this.#capturedInput,
      output: recorder.capture(this.#output, captureMemory),
      data: recorder.captureData(this.#data, captureMemory),
    };
  }
}
