import { memberOf } from "../../recording/following/members.ts";
import type { ReplyBuilder } from "../model-call/model-call.ts";

interface ChatChunk {
  readonly message?: {
    readonly role?: string;
    readonly content?: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly unknown[];
  };
}

/** The last chunk brings the counts; the message comes in parts. */
export class ChatReply implements ReplyBuilder {
  #last: object | undefined;
  #role = "assistant";
  #content = "";
  #thinking = "";
  readonly #toolCalls: unknown[] = [];

  add(chunk: ChatChunk): void {
    this.#last = chunk;
    const { role, content, thinking, tool_calls } = chunk.message ?? {};
    this.#role = role ?? this.#role;
    this.#content += content ?? "";
    this.#thinking += thinking ?? "";
    this.#toolCalls.push(...(tool_calls ?? []));
  }

  reply(): unknown {
    if (this.#last === undefined) return undefined;
    const message = {
      role: this.#role,
      content: this.#content,
      ...(this.#thinking === "" ? {} : { thinking: this.#thinking }),
      ...(this.#toolCalls.length === 0 ? {} : { tool_calls: this.#toolCalls }),
    };
    return { ...this.#last, message };
  }
}

export class GenerateReply implements ReplyBuilder {
  #last: object | undefined;
  #text = "";

  add(chunk: { readonly response?: string }): void {
    this.#last = chunk;
    this.#text += chunk.response ?? "";
  }

  reply(): unknown {
    return this.#last === undefined ? undefined : { ...this.#last, response: this.#text };
  }
}

/** How many vectors there are and of how many dimensions. */
export function withoutVectors(reply: unknown): unknown {
  const one = memberOf(reply, "embedding");
  const vectors = Array.isArray(one) ? [one] : memberOf(reply, "embeddings");
  if (!Array.isArray(vectors)) return undefined;
  const dimensions = memberOf(vectors[0], "length");
  const prompt_eval_count = memberOf(reply, "prompt_eval_count");
  return { model: memberOf(reply, "model"), count: vectors.length, dimensions, prompt_eval_count };
}
