import type { ReplyBuilder } from "../model-call/model-call.ts";
import { ChatReply } from "../openai/replies.ts";

interface StreamEvent {
  readonly data?: {
    readonly choices?: readonly {
      readonly index?: number;
      readonly finishReason?: string | null;
      readonly delta?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/** Chunks as OpenAI's, in camel case and each within an event. */
export class EventReply implements ReplyBuilder {
  readonly #chat = new ChatReply();

  add(event: StreamEvent): void {
    if (event.data === undefined) return;
    const choices = (event.data.choices ?? []).map(({ index, finishReason, delta }) => {
      const { toolCalls, ...fields } = delta ?? {};
      return { index, finish_reason: finishReason, delta: toolCalls ? { ...fields, tool_calls: toolCalls } : fields };
    });
    this.#chat.add({ ...event.data, choices } as Parameters<ChatReply["add"]>[0]);
  }

  reply(): unknown {
    return this.#chat.reply();
  }
}
