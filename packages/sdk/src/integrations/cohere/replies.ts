import { memberOf } from "../../recording/following/members.ts";
import type { ReplyBuilder } from "../model-call/model-call.ts";

interface StreamEvent {
  readonly type?: string;
  readonly id?: string;
  readonly index?: number;
  readonly delta?: {
    readonly message?: {
      readonly role?: string;
      readonly content?: { readonly type?: string; readonly text?: string; readonly thinking?: string };
      readonly toolPlan?: string;
      readonly toolCalls?: ToolCall;
      readonly citations?: unknown;
    };
    readonly finishReason?: string;
    readonly usage?: unknown;
  };
  /** In the first version, by `eventType`. */
  readonly eventType?: string;
  readonly response?: unknown;
  readonly text?: string;
}

interface ToolCall {
  readonly id?: string;
  readonly type?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

interface Content {
  type: string;
  text?: string;
  thinking?: string;
}

interface Call {
  id?: string;
  type: string;
  function: { name: string; arguments: string };
}

/** A streamed chat, put together as the reply that would have come without streaming; of both versions. */
export class ChatReply implements ReplyBuilder {
  #head: Record<string, unknown> | undefined;
  readonly #content = new Map<number, Content>();
  readonly #calls = new Map<number, Call>();
  readonly #citations: unknown[] = [];
  #plan = "";
  /** Of the first version: the text until now, and the whole reply that comes last. */
  #text: string | undefined;
  #response: unknown;

  add(event: StreamEvent): void {
    if (event.eventType !== undefined) {
      if (event.eventType === "text-generation") this.#text = (this.#text ?? "") + (event.text ?? "");
      if (event.response !== undefined) this.#response = event.response;
      return;
    }
    this.#head ??= {};
    if (event.type === "message-start") this.#head.id = event.id;
    const { finishReason, usage, message } = event.delta ?? {};
    if (finishReason !== undefined) this.#head.finishReason = finishReason;
    if (usage !== undefined) this.#head.usage = usage;
    const index = event.index ?? 0;
    this.#plan += message?.toolPlan ?? "";
    if (message?.content !== undefined) this.#addContent(index, message.content);
    if (message?.toolCalls !== undefined) this.#addCall(index, message.toolCalls);
    if (message?.citations !== undefined) this.#citations.push(message.citations);
  }

  reply(): unknown {
    if (this.#response !== undefined) return this.#response;
    if (this.#text !== undefined) return { text: this.#text };
    if (this.#head === undefined) return undefined;
    const message = {
      role: "assistant",
      ...(this.#plan !== "" && { toolPlan: this.#plan }),
      ...(this.#content.size > 0 && { content: [...this.#content.values()] }),
      ...(this.#calls.size > 0 && { toolCalls: [...this.#calls.values()] }),
      ...(this.#citations.length > 0 && { citations: this.#citations.flat() }),
    };
    return { ...this.#head, message };
  }

  #addContent(index: number, { type, text, thinking }: { type?: string; text?: string; thinking?: string }): void {
    const kind = type ?? (thinking === undefined ? "text" : "thinking");
    const block: Content = this.#content.get(index) ?? { type: kind };
    this.#content.set(index, block);
    if (text !== undefined) block.text = (block.text ?? "") + text;
    if (thinking !== undefined) block.thinking = (block.thinking ?? "") + thinking;
  }

  #addCall(index: number, delta: ToolCall): void {
    const call: Call = this.#calls.get(index) ?? { type: "function", function: { name: "", arguments: "" } };
    this.#calls.set(index, call);
    if (delta.id !== undefined) call.id = delta.id;
    call.function.name += delta.function?.name ?? "";
    call.function.arguments += delta.function?.arguments ?? "";
  }
}

/** How many vectors there are, of which kind and of how many dimensions. */
export function withoutVectors(reply: unknown): unknown {
  const embeddings = memberOf(reply, "embeddings");
  const lists = Array.isArray(embeddings) ? { float: embeddings } : (Object(embeddings) as Record<string, unknown>);
  const shapes = Object.entries(lists).flatMap(([kind, vectors]) =>
    Array.isArray(vectors)
      ? [[kind, { count: vectors.length, dimensions: memberOf(vectors[0], "length") }] as const]
      : [],
  );
  return { id: memberOf(reply, "id"), embeddings: Object.fromEntries(shapes), meta: memberOf(reply, "meta") };
}

/** The first version has its usage beside other things, and ids of other names. */
export function factsOf(reply: unknown): Readonly<Record<string, unknown>> {
  const { billedUnits, tokens } = Object(memberOf(reply, "meta")) as Record<string, unknown>;
  const usage = memberOf(reply, "usage") ?? (billedUnits && { billedUnits, tokens });
  return { responseId: memberOf(reply, "generationId"), usage };
}
