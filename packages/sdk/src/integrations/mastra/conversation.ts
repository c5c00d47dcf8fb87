import type { MastraSpan } from "./events.ts";

/**
 * What a model was asked in each step of a generation. Mastra tells the beginning whole and of later steps only that
 * there were tools in between: what they were asked and answered is put back from the replies and the tools' own spans.
 */
export class Conversation {
  readonly #messages: unknown[];
  readonly #tools: unknown;
  /** Tools answer while the reply that asks for them is still coming. */
  #answers: unknown[] = [];

  constructor(input: unknown, tools: unknown) {
    const messages = (input as { messages?: unknown } | undefined)?.messages ?? input;
    this.#messages = Array.isArray(messages) ? [...messages] : messages === undefined ? [] : [messages];
    this.#tools = tools;
  }

  asked(): unknown {
    this.#messages.push(...this.#answers);
    this.#answers = [];
    return { messages: [...this.#messages], ...(this.#tools !== undefined && { tools: this.#tools }) };
  }

  replied(output: unknown): void {
    const { text, toolCalls } = (output ?? {}) as { text?: unknown; toolCalls?: unknown };
    const calls = (Array.isArray(toolCalls) ? toolCalls : []).map(({ toolCallId, toolName, args }) => ({
      type: "tool-call",
      toolCallId,
      toolName,
      input: args,
    }));
    const said = typeof text === "string" && text !== "" ? [{ type: "text", text }] : [];
    this.#messages.push({ role: "assistant", content: [...said, ...calls] });
  }

  toolReplied({ output, attributes, errorInfo, entityName, name }: MastraSpan): void {
    const answer =
      errorInfo === undefined ? { type: "json", value: output } : { type: "error-text", value: errorInfo.message };
    const toolName = entityName ?? name;
    const content = [{ type: "tool-result", toolCallId: attributes?.toolCallId, toolName, output: answer }];
    this.#answers.push({ role: "tool", content });
  }
}
