import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { type AgentMessage, type AssistantPiece, blocksOf, type StreamEvent } from "./messages.ts";

/** A call of the model under way: what its pieces have said so far. */
interface Reply {
  readonly span: Span;
  readonly id: string | undefined;
  readonly content: unknown[];
  usage: object | undefined;
  stopReason: string | null | undefined;
  lastSeenMs: number;
}

/** One agent's conversation with the model: the agent itself, or a sub-agent. Each reply is one model call. */
export class Lane {
  readonly span: Span;
  readonly #tracer: Tracer;
  /** What the model has been told and has said. */
  #history: unknown[] = [];
  /** When the model was last given something to answer. */
  #askedAtMs = nowMs();
  #reply: Reply | undefined;
  #attempts = 1;

  constructor(tracer: Tracer, span: Span, prompt: unknown) {
    this.#tracer = tracer;
    this.span = span;
    if (prompt !== undefined) this.#history.push({ role: "user", content: prompt });
  }

  /** A piece of a reply. Pieces repeat the reply's usage, and the last one says most. */
  piece(piece: AssistantPiece, requestId: string | undefined): void {
    const reply = this.#replyOf(piece, requestId);
    reply.content.push(...blocksOf(piece.content));
    this.#note(reply, piece.usage, piece.stop_reason);
  }

  /** Where the application asked for partial messages they tell of a call's begin, its stop reason and its last usage. */
  streamed({ type, message, delta, usage }: StreamEvent): void {
    if (type === "message_start" && message !== undefined) this.#note(this.#replyOf(message, undefined), message.usage);
    else if (type === "message_delta" && this.#reply !== undefined)
      this.#note(this.#reply, { ...this.#reply.usage, ...withoutNulls(usage) }, delta?.stop_reason);
  }

  /** The model is given something: a prompt, a tool's result. */
  told(message: AgentMessage["message"]): void {
    this.endReply();
    this.#history.push(message);
    this.#askedAtMs = nowMs();
  }

  /** The history was replaced by a summary that is not told. */
  compacted(): void {
    this.endReply();
    this.#history = [];
  }

  /** The request that is under way is sent once more. */
  retried(): void {
    this.endReply();
    this.#attempts += 1;
  }

  endReply(): void {
    const reply = this.#reply;
    if (reply === undefined) return;
    this.#reply = undefined;
    const { span, content, usage, stopReason } = reply;
    const said = { role: "assistant", content };
    span.output = { ...said, ...(stopReason != null && { stop_reason: stopReason }) };
    if (usage !== undefined) span.setData({ usage });
    span.end(reply.lastSeenMs);
    this.#history.push(said);
  }

  #replyOf({ id, model }: AssistantPiece, requestId: string | undefined): Reply {
    if (this.#reply !== undefined && this.#reply.id === id && id !== undefined) return this.#reply;
    this.endReply();
    const span = this.#tracer.withSpan(this.span, () =>
      this.#tracer.startSpan(model ?? "model", {
        type: "COMPLETION",
        startTime: this.#askedAtMs,
        input: { messages: [...this.#history] },
        data: {
          model,
          responseId: id,
          ...(requestId !== undefined && { requestId }),
          ...(this.#attempts > 1 && { attempts: this.#attempts }),
        },
      }),
    );
    this.#attempts = 1;
    this.#reply = { span, id, content: [], usage: undefined, stopReason: undefined, lastSeenMs: nowMs() };
    return this.#reply;
  }

  #note(reply: Reply, usage: object | undefined, stopReason?: string | null): void {
    reply.usage = usage ?? reply.usage;
    reply.stopReason = stopReason ?? reply.stopReason;
    reply.lastSeenMs = this.#askedAtMs = nowMs();
  }
}

function withoutNulls(usage: object | undefined): object {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value != null));
}

/** With the resolution of the clock that spans are timed by. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
