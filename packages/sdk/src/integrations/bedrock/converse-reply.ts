import type { ReplyBuilder } from "../model-call/model-call.ts";

interface ConverseEvent {
  readonly messageStart?: { readonly role?: string };
  readonly contentBlockStart?: { readonly contentBlockIndex?: number; readonly start?: object };
  readonly contentBlockDelta?: { readonly contentBlockIndex?: number; readonly delta?: Delta };
  readonly messageStop?: object;
  readonly metadata?: object;
}

interface Delta {
  readonly text?: string;
  readonly toolUse?: { readonly input?: string };
  readonly reasoningContent?: { readonly text?: string; readonly signature?: string };
}

interface Block {
  toolUse?: Record<string, unknown>;
  text?: string;
  reasoningContent?: { reasoningText: { text: string; signature?: string } };
}

/** The events of `ConverseStream`, put together as `Converse` would have answered. */
export class ConverseReply implements ReplyBuilder {
  #role = "assistant";
  #hasBegun = false;
  readonly #blocks = new Map<number, Block>();
  /** The JSON text of tool inputs, by block. */
  readonly #inputs = new Map<number, string>();
  readonly #fields: Record<string, unknown> = {};

  add(event: ConverseEvent): void {
    this.#hasBegun = true;
    const { messageStart, contentBlockStart, contentBlockDelta, messageStop, metadata } = event;
    this.#role = messageStart?.role ?? this.#role;
    if (contentBlockStart !== undefined) {
      this.#blocks.set(contentBlockStart.contentBlockIndex ?? 0, { ...contentBlockStart.start });
    }
    if (contentBlockDelta?.delta !== undefined)
      this.#grow(contentBlockDelta.contentBlockIndex ?? 0, contentBlockDelta.delta);
    Object.assign(this.#fields, messageStop, metadata);
  }

  reply(): unknown {
    if (!this.#hasBegun) return undefined;
    const content = [...this.#blocks].map(([index, block]) =>
      block.toolUse === undefined ? block : { toolUse: { ...block.toolUse, input: parsed(this.#inputs.get(index)) } },
    );
    return { output: { message: { role: this.#role, content } }, ...this.#fields };
  }

  #grow(index: number, { text, toolUse, reasoningContent }: Delta): void {
    const block = this.#blocks.get(index) ?? {};
    this.#blocks.set(index, block);
    if (text !== undefined) block.text = (block.text ?? "") + text;
    if (toolUse?.input !== undefined) this.#inputs.set(index, (this.#inputs.get(index) ?? "") + toolUse.input);
    if (reasoningContent === undefined) return;
    block.reasoningContent ??= { reasoningText: { text: "" } };
    const said = block.reasoningContent.reasoningText;
    said.text += reasoningContent.text ?? "";
    if (reasoningContent.signature !== undefined) said.signature = reasoningContent.signature;
  }
}

/** As much as has come, when the stream stopped in the middle. */
function parsed(json = ""): unknown {
  try {
    return json === "" ? {} : JSON.parse(json);
  } catch {
    return json;
  }
}
