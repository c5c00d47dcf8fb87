import type { Message, Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { asRecord, isEmpty, textAt } from "../json/json-record.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { BesideField, Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { asType, withOutside } from "../messages/outside.ts";
import { takeUsage } from "../usage/take-usage.ts";
import { reduceChatStream } from "./openai-chat-stream.ts";
import { citationOf } from "./shared-parts.ts";

/** OpenAI's chat completions, which most providers speak: requests, replies, streams, legacy completions. */

const imageUrl: PartReader = (part) => {
  const given = part.peek("image_url");
  const url = typeof given === "string" ? given : textAt(asRecord(given), "url");
  if (url === undefined) return undefined;
  part.drop("type");
  part.take("image_url");
  const inner = asRecord(given) === undefined ? undefined : new Fields(asRecord(given)!);
  inner?.take("url");
  return mediaPart("image", { url, rest: mergeRests(inner?.rest(), part.rest()) });
};

const inputAudio: PartReader = (part) => {
  const given = part.object("input_audio");
  if (given === undefined) return undefined;
  part.drop("type");
  const audio = new Fields(given);
  const data = audio.text("data");
  const format = audio.text("format");
  const mediaType = format === undefined ? undefined : `audio/${format}`;
  return mediaPart("audio", { data, mediaType, rest: mergeRests(audio.rest(), part.rest()) });
};

const file: PartReader = (part) => {
  const given = part.object("file");
  if (given === undefined) return undefined;
  part.drop("type");
  const inner = new Fields(given);
  const data = inner.text("file_data");
  return mediaPart("file", {
    data,
    fileId: inner.text("file_id"),
    name: inner.text("filename"),
    rest: mergeRests(inner.rest(), part.rest()),
  });
};

const toolCalls: BesideField = {
  place: "after",
  read: (value, nested) => (Array.isArray(value) ? value.flatMap((call, at) => callOf(call, nested, at)) : undefined),
};

/**
 * A call needs no `type` here: it stands in the list of calls.
 * @param at its position there, which an `index` only says again
 */
function callOf(call: unknown, nested: Nested, at?: number): readonly Part[] {
  const record = asRecord(call);
  if (record === undefined) return nested.content(call);
  if (record.type === "custom" && asRecord(record.custom) !== undefined) {
    const { custom, function: called, ...others } = record;
    const target = isEmpty(called) ? {} : { given_function: called };
    return nested.content({ ...others, ...target, type: "tool_call", function: custom });
  }
  const { index, ...others } = record;
  const place = index === at ? {} : defined({ index });
  return nested.content(asType({ ...others, ...place }, "tool_call", "function"));
}

const reasoningText: BesideField = {
  place: "before",
  read: (value, nested) => {
    if (typeof value === "string") return value === "" ? [] : [{ kind: "reasoning", text: value }];
    return Array.isArray(value) || asRecord(value) !== undefined ? nested.content(value) : undefined;
  },
};

export const openAiChat: Dialect = {
  name: "openai-chat",
  parts: { image_url: imageUrl, input_audio: inputAudio, file },
  partPatterns: [[/^reasoning\.(?:text|summary|encrypted)$/, reasoningDetail]],
  beside: {
    tool_calls: toolCalls,
    toolCalls,
    function_call: {
      place: "after",
      read: (value, nested) => (asRecord(value) === undefined ? undefined : callOf(value, nested)),
    },
    refusal: {
      place: "after",
      read: (value) => (typeof value === "string" && value !== "" ? [{ kind: "refusal", text: value }] : undefined),
    },
    annotations: {
      place: "after",
      read: (value, nested) => (Array.isArray(value) ? value.flatMap((item) => citationOf(item, nested)) : undefined),
    },
    audio: { place: "after", read: spokenAudio },
    reasoning_content: reasoningText,
    reasoning: reasoningText,
    images: { place: "after", read: (value, nested) => (isImageParts(value) ? nested.content(value) : undefined) },
  },
  outputs: [completion, bareMessage],
  reduceStream: reduceChatStream,
};

/** OpenRouter's details of a reasoning, where the text is not repeated. */
function reasoningDetail(part: Fields): Part {
  part.drop("type");
  return { kind: "reasoning", text: part.text("text", "summary") ?? "", ...restOf(part) };
}

function spokenAudio(value: unknown): readonly Part[] | undefined {
  const record = asRecord(value);
  if (record === undefined) return undefined;
  const audio = new Fields(record);
  const data = audio.text("data");
  const source = { data, fileId: audio.text("id"), text: audio.text("transcript"), rest: audio.rest() };
  return [mediaPart("audio", source)];
}

function isImageParts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => asRecord(item)?.type !== undefined);
}

function completion(reply: Fields, nested: Nested): ModelOutput | undefined {
  const choices = reply.list("choices");
  if (choices === undefined) return undefined;
  reply.drop("object", "chat.completion", "chat.completion.chunk", "text_completion");
  const messages = choices.flatMap((choice) => choiceMessages(choice, nested));
  const responseId = reply.text("id");
  const model = reply.text("model");
  const usage = takeUsage(reply, ["usage"], { serviceTier: reply.peek("service_tier") });
  const finishReason = messages.find((message) => message.finishReason !== undefined)?.finishReason;
  return { messages, ...defined({ responseId, model, finishReason, usage, rest: reply.rest() }) };
}

/** A message of the model that leaves out the role. */
function bareMessage(reply: Fields, nested: Nested): ModelOutput | undefined {
  const isMessage = Array.isArray(reply.peek("tool_calls")) || asRecord(reply.peek("function_call")) !== undefined;
  if (!isMessage || reply.has("role") || reply.has("type") || reply.has("message")) return undefined;
  if (reply.has("generation_id") || reply.has("text")) return undefined;
  return { messages: nested.messages([{ role: "assistant", ...reply.record }]) };
}

function choiceMessages(choice: unknown, nested: Nested): readonly Message[] {
  const record = asRecord(choice);
  if (record === undefined) return nested.messages([choice]);
  const fields = new Fields(record);
  fields.drop("index");
  const finishReason = fields.text("finish_reason", "finishReason");
  const message = fields.object("message", "delta");
  const text = message === undefined ? fields.text("text") : undefined;
  const spoken = message ?? (text === undefined ? undefined : { content: text });
  if (spoken === undefined) return nested.messages([choice]);
  const outside = { finishReason, rest: fields.rest() };
  return nested.messages([{ role: "assistant", ...spoken }]).map((read) => withOutside(read, outside));
}
