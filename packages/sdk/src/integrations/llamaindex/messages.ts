/** LlamaIndex's messages and replies in the words of OpenAI's interface, which readers know. */
import { memberOf } from "../../recording/following/members.ts";
import type { ReplyBuilder } from "../model-call/model-call.ts";

interface ToolCall {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly input?: unknown;
}

export interface ChatMessage {
  readonly role?: unknown;
  readonly content?: unknown;
  readonly options?: {
    readonly toolCall?: readonly ToolCall[];
    readonly toolResult?: { readonly id?: unknown; readonly result?: unknown };
  };
}

interface ChatChunk {
  readonly raw?: unknown;
  readonly delta?: unknown;
  readonly options?: ChatMessage["options"];
}

/** What a model is asked, with the tools that it is offered. */
export function requestOf(model: unknown, params: unknown): object {
  const { messages, tools } = (params ?? {}) as { messages?: unknown; tools?: unknown };
  return {
    model: memberOf(model, "model") ?? memberOf(memberOf(model, "metadata"), "model"),
    messages: Array.isArray(messages) ? (messages as ChatMessage[]).map(messageOf) : messages,
    ...(Array.isArray(tools) && tools.length > 0 && { tools: tools.map((tool) => memberOf(tool, "metadata")) }),
  };
}

function messageOf(message: ChatMessage | null | undefined): unknown {
  const { role, content, options } = message ?? {};
  if (options?.toolResult !== undefined) return { role: "tool", tool_call_id: options.toolResult.id, content };
  const calls = options?.toolCall ?? [];
  if (calls.length === 0) return { role, content };
  const tool_calls = calls.map(({ id, name, input }) => ({
    id,
    type: "function",
    function: { name, arguments: jsonOf(input) },
  }));
  return { role, content, tool_calls };
}

function jsonOf(input: unknown): unknown {
  try {
    return typeof input === "string" ? input : JSON.stringify(input);
  } catch {
    return input;
  }
}

/** What a model call keeps of a reply: the message, and what the provider's own reply says beside it. */
export function replyOf(reply: unknown): object {
  return { message: messageOf(memberOf(reply, "message") as ChatMessage), ...factsOf(memberOf(reply, "raw")) };
}

/** By each provider's own name: a response of OpenAI's, Anthropic's, Gemini's. */
function factsOf(raw: unknown): Record<string, unknown> {
  const facts = {
    id: memberOf(raw, "id") ?? memberOf(raw, "responseId"),
    model: memberOf(raw, "model") ?? memberOf(raw, "modelVersion"),
    usage: memberOf(raw, "usage") ?? memberOf(raw, "usageMetadata"),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== null));
}

export class ChatChunks implements ReplyBuilder {
  #text: string | undefined;
  readonly #facts: Record<string, unknown> = {};
  /** A call is told again and again while its arguments come. */
  readonly #calls = new Map<unknown, ToolCall>();

  add({ raw, delta, options }: ChatChunk): void {
    this.#text = (this.#text ?? "") + (typeof delta === "string" ? delta : "");
    Object.assign(this.#facts, factsOf(raw));
    for (const call of options?.toolCall ?? []) this.#calls.set(call.id, call);
  }

  reply(): unknown {
    if (this.#text === undefined) return undefined;
    const message = { role: "assistant", content: this.#text, options: { toolCall: [...this.#calls.values()] } };
    return { message: messageOf(message), ...this.#facts };
  }
}
