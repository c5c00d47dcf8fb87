import type { Message, Part } from "../form/message.ts";
import { defined } from "../json/fields.ts";
import { isEmpty } from "../json/json-record.ts";

/** Messages that a list gives as items of their own (OpenAI's responses): what the model said in one go is one message. */
const ITEMS = new WeakSet<Message>();

/** Marks a message as one item of a longer one. */
export function asItem(message: Message): Message {
  ITEMS.add(message);
  return message;
}

/** The messages in order, neighbouring items of the model joined, and each result named like its call. */
export function joinItems(messages: readonly (readonly Message[])[]): readonly Message[] {
  const groups: Message[][] = [];
  for (const message of messages.flat()) {
    const group = groups.at(-1);
    if (group !== undefined && joins(group.at(-1)!, message)) group.push(message);
    else groups.push([message]);
  }
  return withResultNames(groups.map(joined));
}

function joins(last: Message, next: Message): boolean {
  return last.role === "assistant" && next.role === "assistant" && (ITEMS.has(last) || ITEMS.has(next));
}

function joined(group: readonly Message[]): Message {
  const [first, ...others] = group as readonly [Message, ...Message[]];
  if (others.length === 0) return first;
  const finishReason = group.findLast((message) => message.finishReason !== undefined)?.finishReason;
  const items = others.flatMap(({ id, name, rest }) => {
    const item = { ...defined({ id, name }), ...rest };
    return isEmpty(item) ? [] : [item];
  });
  const rest = items.length === 0 ? first.rest : { ...first.rest, items };
  const parts = group.flatMap((message) => message.parts);
  return asItem({ ...first, parts, ...defined({ finishReason, rest }) });
}

function withResultNames(messages: readonly Message[]): readonly Message[] {
  const names = new Map<string, string>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.kind === "toolCall" && part.callId !== null) names.set(part.callId, part.name);
  }
  if (names.size === 0) return messages;
  const named = (part: Part): Part => {
    if (part.kind !== "toolResult" || part.name !== null || part.callId === null) return part;
    const name = names.get(part.callId);
    return name === undefined ? part : { ...part, name };
  };
  return messages.map((message) =>
    message.parts.some((part) => part.kind === "toolResult" && part.name === null)
      ? { ...message, parts: message.parts.map(named) }
      : message,
  );
}
