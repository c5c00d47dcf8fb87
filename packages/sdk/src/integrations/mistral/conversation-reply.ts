import { memberOf } from "../../recording/following/members.ts";
import type { ReplyBuilder } from "../model-call/model-call.ts";

type Fields = Record<string, unknown>;

interface ConversationEvent {
  readonly data?: Readonly<Fields>;
}

/** A streamed conversation: its entries grow by deltas, each in its place among the outputs. */
export class ConversationReply implements ReplyBuilder {
  readonly #head: Fields = { object: "conversation.response" };
  readonly #outputs = new Map<unknown, Fields>();

  add({ data }: ConversationEvent): void {
    if (data === undefined) return;
    const { type, outputIndex, contentIndex: _, content, arguments: given, ...fields } = data;
    // Of the whole: its id, its usage, or an error's message and code.
    if (outputIndex === undefined) {
      Object.assign(this.#head, fields);
      return;
    }
    // What comes of an entry is named after it: `message.output.delta` of a `message.output`.
    const entry = this.#outputs.get(outputIndex) ?? { type: String(type).replace(/\.\w+$/, "") };
    this.#outputs.set(outputIndex, Object.assign(entry, fields));
    if (content !== undefined) entry.content = grown(entry.content, content);
    if (given !== undefined) entry.arguments = `${entry.arguments ?? ""}${given}`;
  }

  reply(): unknown {
    return { ...this.#head, outputs: [...this.#outputs.values()] };
  }
}

/** Texts alone stay one text; with pieces of other kinds they are a list. */
function grown(before: unknown, piece: unknown): unknown {
  if (typeof piece === "string" && (before === undefined || typeof before === "string")) return (before ?? "") + piece;
  const list: unknown[] = Array.isArray(before) ? before : before === undefined ? [] : [{ type: "text", text: before }];
  const next = typeof piece === "string" ? { type: "text", text: piece } : (piece as Fields);
  const last = list.at(-1) as Fields | undefined;
  if (next.type !== "text" || last?.type !== "text") return [...list, next];
  return [...list.slice(0, -1), { ...last, text: `${last.text}${next.text}` }];
}

/** An answer of a conversation says model and id in its entries alone. */
export function factsOfConversation(reply: unknown): Readonly<Fields> {
  const outputs = memberOf(reply, "outputs");
  const entries: readonly unknown[] = Array.isArray(outputs) ? outputs : [];
  const lastOf = (name: string) => entries.map((entry) => memberOf(entry, name) ?? undefined).findLast(Boolean);
  return { conversationId: memberOf(reply, "conversationId"), responseId: lastOf("id"), model: lastOf("model") };
}
