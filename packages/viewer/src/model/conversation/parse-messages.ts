/**
 * Finds the conversation in a span's payloads. Read are: OpenAI chat completions and responses, Anthropic messages,
 * OpenTelemetry GenAI messages, LangChain's message lists, and plain `{role, content}` lists.
 */
import { asRecord, type JsonRecord, parsedIfJson, stringAt, unwrapped } from "./json-shape.ts";
import { type Message, type MessagePart, messageRole } from "./message.ts";
import { parseContent, parseReasoning, parseToolCalls } from "./parse-parts.ts";

/** What a model call was sent. Null when the payload is not a conversation. */
export function parseConversation(input: unknown): readonly Message[] | null {
  const payload = parsedIfJson(unwrapped(input));
  if (Array.isArray(payload)) return withResultNames(messageList(payload));
  const record = asRecord(payload);
  if (record === undefined) return null;
  const found = LIST_KEYS.map((key) => parsedIfJson(record[key])).find(
    (list) => Array.isArray(list) && list.length > 0,
  );
  const messages = Array.isArray(found) ? messageList(found) : promptOf(record);
  if (messages === null) return null;
  return withResultNames([...systemOf(record), ...messages]);
}

/** What a model call answered. Null when the payload is not a reply. */
export function parseReply(output: unknown): readonly Message[] | null {
  const payload = parsedIfJson(unwrapped(output));
  if (typeof payload === "string") return payload === "" ? null : [assistantText(payload)];
  if (Array.isArray(payload)) return messageList(payload);
  const record = asRecord(payload);
  if (record === undefined) return null;
  if (Array.isArray(record.choices)) return choicesOf(record.choices);
  if (isMessageLike(record)) return [parseMessage(record)];
  for (const key of REPLY_KEYS) {
    const inner = record[key];
    if (inner === undefined || inner === null) continue;
    const reply = Array.isArray(inner) ? messageList(inner) : parseReply(inner);
    if (reply !== null) return reply;
  }
  return null;
}

const LIST_KEYS = ["messages", "gen_ai.input.messages", "input", "contents", "prompt"] as const;
const REPLY_KEYS = ["message", "messages", "gen_ai.output.messages", "output", "reply", "content", "text"] as const;
const RESPONSE_ITEM_TYPES: ReadonlySet<unknown> = new Set([
  "message",
  "function_call",
  "function_call_output",
  "reasoning",
]);
const LANGCHAIN_TYPES: ReadonlySet<unknown> = new Set(["human", "ai", "system", "tool", "function"]);

function isMessageLike(value: unknown): value is JsonRecord {
  const record = asRecord(value);
  if (record === undefined) return false;
  return typeof record.role === "string" || RESPONSE_ITEM_TYPES.has(record.type) || LANGCHAIN_TYPES.has(record.type);
}

/** A list is a conversation when each of its items looks like a message; OpenAI's responses allow plain strings too. */
function messageList(list: readonly unknown[]): readonly Message[] | null {
  if (list.length === 0 || !list.every((item) => isMessageLike(item))) return null;
  return list.map((item) => parseMessage(item as JsonRecord));
}

function parseMessage(message: JsonRecord): Message {
  const item = responseItem(message);
  if (item !== undefined) return item;
  const label = stringAt(message, "role", "type") ?? "other";
  const role = messageRole(label);
  const spoken = parseContent(message.parts ?? message.content);
  const parts = [...parseReasoning(message), ...spoken, ...parseToolCalls(message)];
  const name = stringAt(message, "name");
  const finishReason = stringAt(message, "finish_reason", "stop_reason");
  return {
    role,
    roleLabel: label,
    parts: role === "tool" ? asToolResult(message, parts) : parts,
    ...(name === undefined ? {} : { name }),
    ...(finishReason === undefined ? {} : { finishReason }),
    raw: message,
  };
}

/** OpenAI's responses list calls and their results as items of their own. */
function responseItem(item: JsonRecord): Message | undefined {
  if (typeof item.role === "string") return undefined;
  if (item.type === "function_call" || item.type === "reasoning") {
    return { role: "assistant", roleLabel: "assistant", parts: parseContent([item]), raw: item };
  }
  if (item.type === "function_call_output") {
    return { role: "tool", roleLabel: "tool", parts: parseContent([item]), raw: item };
  }
  return undefined;
}

/** A tool's message answers one call as a whole. */
function asToolResult(message: JsonRecord, parts: readonly MessagePart[]): readonly MessagePart[] {
  if (parts.some((part) => part.kind === "toolResult")) return parts;
  const callId = stringAt(message, "tool_call_id", "toolCallId", "call_id") ?? null;
  const name = stringAt(message, "name") ?? null;
  return [{ kind: "toolResult", callId, name, content: message.content ?? null, isError: message.status === "error" }];
}

/** Most formats name a tool only where it is called; its result then takes the name from the call. */
function withResultNames(messages: readonly Message[] | null): readonly Message[] | null {
  if (messages === null) return messages;
  const names = new Map<string, string>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.kind === "toolCall" && part.callId !== null) names.set(part.callId, part.name);
  }
  if (names.size === 0) return messages;
  return messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) =>
      part.kind === "toolResult" && part.name === null ? { ...part, name: names.get(part.callId ?? "") ?? null } : part,
    ),
  }));
}

/** Anthropic keeps the system prompt beside the messages, OpenAI's responses and GenAI do under other names. */
function systemOf(record: JsonRecord): readonly Message[] {
  const content = record.system ?? record.instructions ?? record["gen_ai.system_instructions"];
  const parts = parseContent(parsedIfJson(content));
  return parts.length === 0 ? [] : [{ role: "system", roleLabel: "system", parts, raw: content }];
}

function promptOf(record: JsonRecord): readonly Message[] | null {
  const prompt = stringAt(record, "prompt", "input", "question", "query");
  if (prompt === undefined || prompt === "") return null;
  return [{ role: "user", roleLabel: "user", parts: [{ kind: "text", text: prompt }], raw: prompt }];
}

/** `choices` of a chat completion, or of a legacy completion (`text`). */
function choicesOf(choices: readonly unknown[]): readonly Message[] | null {
  const messages = choices.flatMap((choice) => {
    const record = asRecord(choice);
    const message = asRecord(record?.message) ?? asRecord(record?.delta);
    const finishReason = stringAt(record, "finish_reason");
    const finish = finishReason === undefined ? {} : { finishReason };
    if (message !== undefined) return [{ ...parseMessage({ role: "assistant", ...message }), ...finish, raw: message }];
    const text = stringAt(record, "text");
    return text === undefined ? [] : [{ ...assistantText(text), ...finish }];
  });
  return messages.length === 0 ? null : messages;
}

function assistantText(text: string): Message {
  return { role: "assistant", roleLabel: "assistant", parts: [{ kind: "text", text }], raw: text };
}
