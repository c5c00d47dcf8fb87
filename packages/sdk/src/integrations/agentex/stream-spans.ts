import type { Span } from "../../recording/span/span.ts";
import type { Trace } from "../../recording/trace.ts";
import { type CloseSignal, SpanDeriver, type SpanSignal } from "./span-deriver.ts";
import type { TaskMessageUpdate } from "./task-stream.ts";

export interface StreamSpansOptions {
  readonly parentId?: string | undefined;
  readonly taskId?: string | undefined;
}

/** Records the spans of one turn that a `SpanDeriver` derives from the task's stream. One for a turn. Never throws. */
export class StreamSpans {
  readonly #trace: Trace;
  readonly #options: StreamSpansOptions;
  readonly #deriver = new SpanDeriver();
  readonly #open = new Map<string, Span>();

  constructor(trace: Trace, options: StreamSpansOptions = {}) {
    this.#trace = trace;
    this.#options = options;
  }

  observe(event: TaskMessageUpdate): void {
    try {
      this.#apply(this.#deriver.observe(event));
    } catch {
      // An event whose own getters throw derives nothing.
    }
  }

  /** The stream is over: what is still open is closed and marked as incomplete. */
  end(): void {
    this.#apply(this.#deriver.flush());
  }

  #apply(signals: readonly SpanSignal[]): void {
    for (const signal of signals) {
      if (signal.kind === "open") {
        const type = signal.type === "tool" ? "CODE_EXECUTION" : "STANDALONE";
        this.#open.set(
          signal.key,
          this.#trace.startSpan(signal.name, { ...this.#options, type, input: asObject(signal.input, "input") }),
        );
      } else this.#close(signal);
    }
  }

  #close({ key, output, isError, isComplete }: CloseSignal): void {
    const span = this.#open.get(key);
    if (span === undefined) return;
    this.#open.delete(key);
    span.output = asObject(output, "output");
    if (isError !== undefined) span.setData({ is_error: isError });
    if (isError === true) span.status = "ERROR";
    if (!isComplete) {
      span.setData({ incomplete: true });
      span.status = "CANCELED";
    }
    span.end();
  }
}

/**
 * Passes a task's stream on unchanged and records its tools and reasonings as spans. They end when the stream does, also
 * when its reader stops early or the stream fails.
 */
export async function* observeTaskStream<Event extends TaskMessageUpdate>(
  stream: AsyncIterable<Event>,
  trace: Trace,
  options?: StreamSpansOptions,
): AsyncGenerator<Event, void, undefined> {
  const spans = new StreamSpans(trace, options);
  try {
    for await (const event of stream) {
      spans.observe(event);
      yield event;
    }
  } finally {
    spans.end();
  }
}

/** SGP takes objects only: what is none travels under a name of its own, as Agentex's Python does it. */
function asObject(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return value === undefined || value === null || isObject ? value : { [name]: value };
}
