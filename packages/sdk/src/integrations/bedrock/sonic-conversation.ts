import { memberOf } from "../../recording/following/members.ts";

/** Messages that are kept of a stream, which may last for minutes. */
const MAX_MESSAGES = 1_000;

type Fields = Readonly<Record<string, unknown>>;

interface Turn {
  readonly role: string;
  readonly block: Readonly<Record<string, unknown>>;
  /** A preview of what will be spoken; what was spoken comes later. */
  readonly isPreview: boolean;
}

/** What opens a piece of content, on either side: texts, sound, tools. */
interface Content {
  readonly role: string;
  readonly isPreview: boolean;
  readonly toolUseId: unknown;
}

/**
 * What is said in a bidirectional stream (Nova Sonic's events, sent and received), in the words of `Converse`. Sound is left
 * out, transcripts are kept.
 */
export class SonicConversation {
  readonly #turns: Turn[] = [];
  readonly #system: object[] = [];
  readonly #contents = new Map<unknown, Content>();
  #settings: Fields = {};
  #ids: Fields = {};
  #stopReason: unknown;
  #usage: object | undefined;

  /** @param event as it stands within `event` */
  take(event: Fields): void {
    for (const [type, fields] of Object.entries(event)) this.#take(type, Object(fields) as Fields);
  }

  #take(type: string, fields: Fields): void {
    const { content, stopReason } = fields;
    const id = fields.contentId ?? fields.contentName;
    switch (type) {
      case "sessionStart":
        this.#settings = { ...this.#settings, inferenceConfig: fields.inferenceConfiguration };
        return;
      case "promptStart":
        if (fields.toolConfiguration !== undefined)
          this.#settings = { ...this.#settings, toolConfig: fields.toolConfiguration };
        return;
      case "contentStart":
        this.#contents.set(id, contentOf(fields));
        return;
      case "contentEnd":
        this.#contents.delete(id);
        this.#stopReason = stopReason ?? this.#stopReason;
        return;
      case "textInput":
      case "textOutput":
        this.#say(id, { text: content });
        return;
      case "toolUse":
        this.#say(id, {
          toolUse: { toolUseId: fields.toolUseId, name: fields.toolName, input: parsed(content) },
        });
        return;
      case "toolResult": {
        const toolUseId = this.#contents.get(id)?.toolUseId;
        this.#say(id, { toolResult: { toolUseId, content: [{ text: content }] } });
        return;
      }
      case "completionStart":
        this.#ids = { sessionId: fields.sessionId, completionId: fields.completionId };
        return;
      case "completionEnd":
        this.#stopReason = stopReason ?? this.#stopReason;
        return;
      case "usageEvent":
        this.#usage = {
          inputTokens: fields.totalInputTokens,
          outputTokens: fields.totalOutputTokens,
          totalTokens: fields.totalTokens,
          details: memberOf(fields.details, "total"),
        };
    }
  }

  /** What was asked: the settings, the system's text, and all that was said before the last reply. */
  request(modelId: unknown): object {
    const messages = this.#messages();
    return {
      modelId,
      ...this.#settings,
      ...(this.#system.length > 0 && { system: this.#system }),
      messages: messages.at(-1)?.role === "assistant" ? messages.slice(0, -1) : messages,
    };
  }

  reply(): object | undefined {
    const last = this.#messages().at(-1);
    const message = last?.role === "assistant" ? last : undefined;
    if (message === undefined && this.#usage === undefined) return undefined;
    return {
      ...this.#ids,
      ...(message !== undefined && { output: { message } }),
      stopReason: this.#stopReason,
      usage: this.#usage,
    };
  }

  #say(id: unknown, block: Turn["block"]): void {
    const { role, isPreview } = this.#contents.get(id) ?? { role: "assistant", isPreview: false };
    if (role === "system") this.#system.push(block);
    else if (this.#turns.length < MAX_MESSAGES) this.#turns.push({ role, block, isPreview });
  }

  #messages(): { readonly role: string; readonly content: object[] }[] {
    const messages: { role: string; content: object[] }[] = [];
    for (const [index, { role, block, isPreview }] of this.#turns.entries()) {
      if (isPreview && this.#isSpokenAfter(index)) continue;
      const last = messages.at(-1);
      if (last?.role === role) last.content.push(block);
      else messages.push({ role, content: [block] });
    }
    return messages;
  }

  /** Within the same reply. */
  #isSpokenAfter(index: number): boolean {
    for (const { role, block, isPreview } of this.#turns.slice(index + 1)) {
      if (role !== "assistant") return false;
      if (!isPreview && block.text !== undefined) return true;
    }
    return false;
  }
}

function contentOf({ role, additionalModelFields, toolResultInputConfiguration }: Fields): Content {
  const said = String(role ?? "ASSISTANT").toLowerCase();
  const stage = memberOf(parsed(additionalModelFields), "generationStage");
  return {
    // A tool's result is the user's, its call the assistant's.
    role: said === "tool" ? (toolResultInputConfiguration === undefined ? "assistant" : "user") : said,
    isPreview: stage === "SPECULATIVE",
    toolUseId: memberOf(toolResultInputConfiguration, "toolUseId"),
  };
}

function parsed(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
