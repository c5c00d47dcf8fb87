import type { Message } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { mergeRests } from "../json/merge-rests.ts";
import { readUsage } from "../usage/read-usage.ts";
import { takeUsage } from "../usage/take-usage.ts";
import type { Nested, OutputReader } from "./dialect.ts";
import { streamChunks } from "./stream-text.ts";

/** Fields under which a reply may stand in an object that is none itself. */
export const REPLY_KEYS = [
  "message",
  "messages",
  "gen_ai.output.messages",
  "output",
  "reply",
  "response",
  "result",
  "content",
  "text",
  "body",
  "answer",
];

/** What reading a whole reply needs of the dialects. */
export interface ReplyReaders {
  readonly outputs: readonly OutputReader[];
  reduceStream(chunks: readonly unknown[]): unknown;
}

/** A model's output, of whatever dialect; undefined when it is no reply. */
export function readOutput(payload: unknown, nested: Nested, readers: ReplyReaders): ModelOutput | undefined {
  const value = parsedIfJson(payload);
  if (typeof value === "string") return textOutput(value, nested, readers);
  if (Array.isArray(value)) return listOutput(value, nested, readers);
  const record = asRecord(value);
  return record === undefined ? undefined : recordOutput(record, nested, readers);
}

function textOutput(text: string, nested: Nested, readers: ReplyReaders): ModelOutput | undefined {
  const chunks = streamChunks(text);
  const read = chunks === undefined ? undefined : listOutput(chunks, nested, readers);
  return read ?? { messages: [assistantText(text)] };
}

function assistantText(text: string): Message {
  return { role: "assistant", roleLabel: "assistant", parts: text === "" ? [] : [{ kind: "text", text }] };
}

/** Chunks of a stream, a list of messages, or a list of parts. */
function listOutput(list: readonly unknown[], nested: Nested, readers: ReplyReaders): ModelOutput | undefined {
  const reduced = readers.reduceStream(list);
  if (reduced !== undefined) return nested.output(reduced);
  if (list.length === 0 || list.every((item) => asRecord(item) === undefined)) return undefined;
  const messages = nested.messages(list);
  if (messages.some(isRead)) return { messages };
  const parts = nested.content(list);
  if (parts.every((part) => part.kind === "unknown")) return undefined;
  return { messages: [{ role: "assistant", roleLabel: "assistant", parts }] };
}

function isRead(message: Message): boolean {
  return message.parts.length === 0 || message.parts.some((part) => part.kind !== "unknown");
}

function recordOutput(record: JsonRecord, nested: Nested, readers: ReplyReaders): ModelOutput | undefined {
  let fields = new Fields(record);
  for (const reader of readers.outputs) {
    const read = reader(fields, nested);
    if (read !== undefined) return read;
    if (!fields.isWhole) fields = new Fields(record);
  }
  const messages = nested.messages([record]);
  if (messages.some((message) => message.role !== "other" && isRead(message))) return messageOutput(record, messages);
  return wrappedOutput(record, nested);
}

/** A reply that is one message: what a message has no place for is the reply's. */
function messageOutput(record: JsonRecord, messages: readonly Message[]): ModelOutput {
  const usage = readUsage(record.usage);
  const finishReason = messages.find((message) => message.finishReason !== undefined)?.finishReason;
  return { messages, ...defined({ usage, finishReason }) };
}

function wrappedOutput(record: JsonRecord, nested: Nested): ModelOutput | undefined {
  for (const key of REPLY_KEYS) {
    const inner = Object.hasOwn(record, key) ? record[key] : undefined;
    // An object there was looked into before: once more at each level would double the work with each.
    if (isEmpty(inner) || (key === "body" && asRecord(parsedIfJson(inner)) !== undefined)) continue;
    const read = typeof inner === "string" || key !== "content" ? nested.output(inner) : contentOutput(inner, nested);
    if (read === undefined) continue;
    const fields = new Fields(record);
    fields.take(key);
    const usage = read.usage ?? takeUsage(fields, ["usage", "usage_metadata", "usageMetadata"]);
    const model = read.model ?? fields.text("model", "modelId");
    const finishReason = read.finishReason ?? fields.text("finishReason", "finish_reason", "stop_reason");
    return { ...read, ...defined({ usage, model, finishReason, rest: mergeRests(read.rest, fields.rest()) }) };
  }
  return undefined;
}

function contentOutput(content: unknown, nested: Nested): ModelOutput | undefined {
  const parts = nested.content(content);
  if (parts.every((part) => part.kind === "unknown")) return undefined;
  return { messages: [{ role: "assistant", roleLabel: "assistant", parts }] };
}
