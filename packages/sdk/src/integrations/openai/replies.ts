/** The streamed replies of OpenAI's two interfaces, put together. */
import type { ReplyBuilder } from "../model-call/model-call.ts";

interface ToolCallDelta {
  readonly index?: number;
  readonly id?: string;
  readonly type?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

interface ChatChunk {
  readonly id?: string;
  readonly model?: string;
  readonly created?: number;
  readonly service_tier?: string;
  readonly system_fingerprint?: string;
  readonly usage?: unknown;
  readonly x_groq?: { readonly usage?: unknown };
  readonly choices?: readonly {
    readonly index?: number;
    readonly finish_reason?: string | null;
    readonly delta?: Readonly<Record<string, unknown>> & { readonly tool_calls?: readonly ToolCallDelta[] };
  }[];
}

interface ToolCall {
  id: string | undefined;
  type: string;
  function: { name: string; arguments: string };
}

interface Choice {
  index: number;
  message: Record<string, unknown>;
  toolCalls: Map<number, ToolCall>;
  finish_reason: string | null;
}

/** Text fields of a delta that grow. */
const GROWING: ReadonlySet<string> = new Set(["content", "refusal", "reasoning", "reasoning_content"]);

export class ChatReply implements ReplyBuilder {
  readonly #choices = new Map<number, Choice>();
  #head: Record<string, unknown> | undefined;
  #usage: unknown;

  add(chunk: ChatChunk): void {
    const { id, model, created, service_tier, system_fingerprint, choices, usage } = chunk;
    this.#head ??= { id, object: "chat.completion", created, model };
    if (service_tier !== undefined) this.#head.service_tier = service_tier;
    if (system_fingerprint !== undefined) this.#head.system_fingerprint = system_fingerprint;
    this.#usage = usage ?? chunk.x_groq?.usage ?? this.#usage;
    if (choices == null) return;
    for (const { index = 0, delta, finish_reason } of choices) {
      const choice = this.#choice(index);
      if (finish_reason != null) choice.finish_reason = finish_reason;
      for (const name in delta) addField(choice, name, delta[name]);
    }
  }

  reply(): unknown {
    if (this.#head === undefined) return undefined;
    const choices = [...this.#choices.values()].map(({ index, message, toolCalls, finish_reason }) => ({
      index,
      message: toolCalls.size === 0 ? message : { ...message, tool_calls: [...toolCalls.values()] },
      finish_reason,
    }));
    return { ...this.#head, choices, ...(this.#usage == null ? {} : { usage: this.#usage }) };
  }

  #choice(index: number): Choice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: Choice = {
      index,
      message: { role: "assistant", content: null },
      toolCalls: new Map(),
      finish_reason: null,
    };
    this.#choices.set(index, choice);
    return choice;
  }
}

function addField(choice: Choice, name: string, value: unknown): void {
  if (name === "tool_calls") {
    for (const delta of value as ToolCallDelta[]) addToolCall(choice.toolCalls, delta);
  } else if (GROWING.has(name) && typeof value === "string") {
    choice.message[name] = ((choice.message[name] as string | null | undefined) ?? "") + value;
  } else if (value != null) choice.message[name] = value;
}

function addToolCall(calls: Map<number, ToolCall>, delta: ToolCallDelta): void {
  const index = delta.index ?? calls.size;
  const call = calls.get(index) ?? {
    id: delta.id,
    type: delta.type ?? "function",
    function: { name: "", arguments: "" },
  };
  calls.set(index, call);
  call.function.name += delta.function?.name ?? "";
  call.function.arguments += delta.function?.arguments ?? "";
}

interface ResponseEvent {
  readonly type?: string;
  readonly delta?: unknown;
  readonly item?: unknown;
  readonly response?: Readonly<Record<string, unknown>>;
}

/** The last event brings the whole response; until then its finished items and the text that came are kept. */
export class ResponsesReply implements ReplyBuilder {
  #response: Readonly<Record<string, unknown>> | undefined;
  readonly #items: unknown[] = [];
  #text = "";

  add(event: ResponseEvent): void {
    if (event.response !== undefined) this.#response = event.response;
    if (event.type === "response.output_text.delta" && typeof event.delta === "string") this.#text += event.delta;
    if (event.type === "response.output_item.done") {
      this.#items.push(event.item);
      this.#text = "";
    }
  }

  reply(): unknown {
    const { output } = this.#response ?? {};
    if (Array.isArray(output) && output.length > 0) return this.#response;
    const begun = { type: "message", role: "assistant", content: [{ type: "output_text", text: this.#text }] };
    return { ...this.#response, output: this.#text === "" ? this.#items : [...this.#items, begun] };
  }
}
