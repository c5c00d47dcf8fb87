import type { TaskMessageContent, TaskMessageDelta, TaskMessageUpdate } from "./task-stream.ts";

/** A span begins: a tool that was asked for with its arguments complete, or a block of reasoning. */
export interface OpenSignal {
  readonly kind: "open";
  /** Pairs an opening with its close: the call's id, or `reasoning:INDEX`. */
  readonly key: string;
  readonly type: "tool" | "reasoning";
  readonly name: string;
  readonly input: unknown;
}

export interface CloseSignal {
  readonly kind: "close";
  readonly key: string;
  readonly output: unknown;
  /** False when the stream ended before the tool's result, or the reasoning's end, came. */
  readonly isComplete: boolean;
  /** What the tool said of itself; undefined when it said nothing. */
  readonly isError?: boolean;
}

export type SpanSignal = OpenSignal | CloseSignal;

/** Most characters of a reasoning's text, and of a call's streamed arguments, that are kept. */
const MAX_TEXT_CHARACTERS = 1_000_000;

/**
 * Reads a task's stream and says when spans open and close. Pure: it records nothing itself.
 *
 * - A tool's span opens when its request is complete (its `done`, or a `full` request) and closes at the response with
 *   the same call id. A response to a call that was never opened is ignored, as is a second opening of one call.
 * - A reasoning's span opens at its `start` and closes at its `done`; its output is the text.
 * - `flush()` closes what is still open, as incomplete, in the order of opening.
 */
export class SpanDeriver {
  readonly #requests = new Map<number, { content: TaskMessageContent; streamed: string }>();
  readonly #reasoning = new Map<number, string>();
  readonly #openCalls = new Set<string>();

  observe(event: TaskMessageUpdate): readonly SpanSignal[] {
    const index = event.index ?? undefined;
    switch (event.type) {
      case "start":
        return index === undefined || event.content == null ? [] : this.#start(index, event.content);
      case "delta":
        if (index !== undefined && event.delta != null) this.#delta(index, event.delta);
        return [];
      case "full":
        return event.content == null ? [] : this.#full(event.content);
      case "done":
        return index === undefined ? [] : this.#done(index);
      default:
        return [];
    }
  }

  flush(): readonly SpanSignal[] {
    const calls = [...this.#openCalls].map((key) => close(key, undefined, false));
    const reasoning = [...this.#reasoning].map(([index, text]) => close(reasoningKey(index), text || undefined, false));
    this.#openCalls.clear();
    this.#reasoning.clear();
    this.#requests.clear();
    return [...calls, ...reasoning];
  }

  #start(index: number, content: TaskMessageContent): readonly SpanSignal[] {
    if (content.type === "tool_request") this.#requests.set(index, { content, streamed: "" });
    if (content.type !== "reasoning") return [];
    // Without streaming the whole text may stand in the start already.
    this.#reasoning.set(index, [...textsOf(content.summary), ...textsOf(content.content)].join(""));
    return [{ kind: "open", key: reasoningKey(index), type: "reasoning", name: "reasoning", input: {} }];
  }

  #delta(index: number, delta: TaskMessageDelta): void {
    const request = this.#requests.get(index);
    if (request !== undefined) request.streamed = append(request.streamed, delta.arguments_delta);
    const text = this.#reasoning.get(index);
    if (text !== undefined) this.#reasoning.set(index, append(text, delta.content_delta ?? delta.summary_delta));
  }

  #full(content: TaskMessageContent): readonly SpanSignal[] {
    if (content.type === "tool_request") return this.#open(content, content.arguments);
    const key = content.tool_call_id;
    if (content.type !== "tool_response" || key === undefined || !this.#openCalls.delete(key)) return [];
    return [close(key, content.content, true, content.is_error ?? undefined)];
  }

  #done(index: number): readonly SpanSignal[] {
    const request = this.#requests.get(index);
    if (request !== undefined) {
      this.#requests.delete(index);
      return this.#open(
        request.content,
        request.streamed === "" ? request.content.arguments : parsed(request.streamed),
      );
    }
    const text = this.#reasoning.get(index);
    if (text === undefined) return [];
    this.#reasoning.delete(index);
    return [close(reasoningKey(index), text || undefined, true)];
  }

  #open(content: TaskMessageContent, input: unknown): readonly SpanSignal[] {
    const key = content.tool_call_id;
    if (key === undefined || this.#openCalls.has(key)) return [];
    this.#openCalls.add(key);
    return [{ kind: "open", key, type: "tool", name: content.name ?? "tool", input: input ?? {} }];
  }
}

function close(key: string, output: unknown, isComplete: boolean, isError?: boolean): CloseSignal {
  return { kind: "close", key, output, isComplete, ...(isError !== undefined && { isError }) };
}

function reasoningKey(index: number): string {
  return `reasoning:${index}`;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === "string") : [];
}

function append(text: string, more: string | null | undefined): string {
  return typeof more !== "string" || text.length >= MAX_TEXT_CHARACTERS ? text : text + more;
}

/** Streamed arguments are JSON text; what is none is kept as it came. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { _raw: text };
  }
}
