import type { ReplyBuilder } from "../model-call/model-call.ts";

interface MessageEvent {
  readonly type?: string;
  readonly index?: number;
  readonly message?: Readonly<Record<string, unknown>>;
  readonly content_block?: Readonly<Record<string, unknown>>;
  readonly delta?: Readonly<Record<string, unknown>>;
  readonly usage?: object;
}

/** Deltas that make a field of their block grow, by type: the field of the delta, and of the block. */
const GROWING: Readonly<Record<string, readonly [of: string, field: string]>> = {
  text_delta: ["text", "text"],
  thinking_delta: ["thinking", "thinking"],
  signature_delta: ["signature", "signature"],
};

/** A streamed message, put together. Usage comes in two parts, the later one cumulative. */
export class MessageReply implements ReplyBuilder {
  #message: Record<string, unknown> | undefined;
  /** By the index that the provider gives, whatever it is: an array would be as long as it is large. */
  readonly #blocks = new Map<number, Record<string, unknown>>();
  /** The JSON text of tool inputs, by block. */
  readonly #inputs = new Map<number, string>();

  add(event: MessageEvent): void {
    const index = event.index ?? 0;
    if (event.type === "message_start") this.#message = { ...event.message };
    else if (event.type === "content_block_start") this.#blocks.set(index, { ...event.content_block });
    else if (event.type === "content_block_delta") this.#grow(index, event.delta ?? {});
    else if (event.type === "message_delta" && this.#message !== undefined) {
      const usage = { ...(this.#message.usage as object | undefined), ...withoutNulls(event.usage) };
      Object.assign(this.#message, event.delta, { usage });
    }
  }

  reply(): unknown {
    if (this.#message === undefined) return undefined;
    const content = [...this.#blocks]
      .sort(([a], [b]) => a - b)
      .map(([index, block]) => {
        const json = this.#inputs.get(index);
        return json === undefined ? block : { ...block, input: parsed(json) };
      });
    return { ...this.#message, content };
  }

  #grow(index: number, delta: Readonly<Record<string, unknown>>): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    if (delta.type === "input_json_delta") {
      this.#inputs.set(index, (this.#inputs.get(index) ?? "") + String(delta.partial_json ?? ""));
    } else if (delta.type === "citations_delta") {
      block.citations = [...((block.citations as unknown[] | null | undefined) ?? []), delta.citation];
    } else {
      const growing = GROWING[String(delta.type)];
      if (growing !== undefined) block[growing[1]] = String(block[growing[1]] ?? "") + String(delta[growing[0]] ?? "");
    }
  }
}

function withoutNulls(usage: object | undefined): object {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value != null));
}

/** As much as has come, when the stream stopped in the middle. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json === "" ? "{}" : json);
  } catch {
    return json;
  }
}

/** A streamed text completion: each piece is one with the text that is new. */
export class CompletionReply implements ReplyBuilder {
  #last: object | undefined;
  #text = "";

  add(piece: { readonly completion?: string }): void {
    this.#last = piece;
    this.#text += piece.completion ?? "";
  }

  reply(): unknown {
    return { ...this.#last, completion: this.#text };
  }
}
