import type { Message, Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, textAt } from "../json/json-record.ts";
import type { BesideField, Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { readUsage } from "../usage/read-usage.ts";
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
  return mediaPart("image", { url, rest: { ...part.rest(), ...inner?.rest() } });
};

const inputAudio: PartReader = (part) => {
  const given = part.object("input_audio");
  if (given === undefined) return undefined;
  part.drop("type");
  const audio = new Fields(given);
  const data = audio.text("data");
  const format = audio.text("format");
  const mediaType = format === undefined ? undefined : `audio/${format}`;
  return mediaPart("audio", { data, mediaType, rest: { ...part.rest(), ...audio.rest() } });
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
    rest: { ...part.rest(), ...inner.rest() },
  });
};

const toolCalls: BesideField = {
  place: "after",
  read: (value, nested) => (Array.isArray(value) ? value.flatMap((call) => callOf(call, nested)) : undefined),
};

/** A call needs no `type` here: it stands in the list of calls. */
function callOf(call: unknown, nested: Nested): readonly Part[] {
  const record = asRecord(call);
  if (record === undefined) return nested.content(call);
  if (record.type === "custom" && asRecord(record.custom) !== undefined) {
    const { custom, ...others } = record;
    return nested.content({ ...others, type: "tool_call", function: custom });
  }
  const { index: _place, ...others } = record;
  return nested.content({ ...others, type: "tool_call" });
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
  reduceStream,
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
  const usage = readUsage(reply.take("usage"), { serviceTier: reply.peek("service_tier") });
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
  const rest = fields.rest();
  return nested.messages([{ role: "assistant", ...spoken }]).map((read) => ({
    ...read,
    ...defined({ finishReason }),
    ...(rest === undefined ? {} : { rest: { ...read.rest, ...rest } }),
  }));
}

const isChunk = (chunk: unknown) => {
  const record = asRecord(chunk);
  return (
    Array.isArray(record?.choices) && (isEmpty(record.choices) || asRecord(record.choices[0])?.delta !== undefined)
  );
};

/** Chunks of a streamed completion as the completion they add up to. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const records = chunks.filter(isChunk) as JsonRecord[];
  if (records.length === 0) return undefined;
  const choices = new Map<number, ChoiceInParts>();
  const reply: Record<string, unknown> = {};
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) {
      if (key === "choices" || key === "obfuscation" || isEmpty(value)) continue;
      reply[key] = value;
    }
    for (const choice of record.choices as readonly unknown[]) addChoice(choices, choice);
  }
  if (reply.object === "chat.completion.chunk") reply.object = "chat.completion";
  const others = chunks.filter((chunk) => !isChunk(chunk));
  if (others.length > 0) reply.otherChunks = others;
  reply.choices = [...choices.entries()].sort(([a], [b]) => a - b).map(([, choice]) => choice.whole());
  return reply;
}

function addChoice(choices: Map<number, ChoiceInParts>, choice: unknown): void {
  const record = asRecord(choice);
  if (record === undefined) return;
  const index = typeof record.index === "number" ? record.index : 0;
  const whole = choices.get(index) ?? new ChoiceInParts();
  choices.set(index, whole);
  whole.add(record);
}

/** One choice while its pieces come in. Pieces are kept in lists and joined once: the time stays linear. */
class ChoiceInParts {
  readonly #texts = new Map<string, string[]>();
  readonly #values: Record<string, unknown> = {};
  readonly #calls = new Map<
    unknown,
    { pieces: string[]; fields: Record<string, unknown>; called: Record<string, unknown> }
  >();
  readonly #choice: Record<string, unknown> = {};

  add(choice: JsonRecord): void {
    const { delta, ...others } = choice;
    for (const [key, value] of Object.entries(others)) if (!isEmpty(value)) this.#choice[key] = value;
    for (const [key, value] of Object.entries(asRecord(delta) ?? {})) {
      if (isEmpty(value)) continue;
      if (key === "tool_calls" && Array.isArray(value)) for (const call of value) this.#addCall(call);
      else if (typeof value === "string" && key !== "role") this.#piecesOf(key).push(value);
      else this.#values[key] = value;
    }
  }

  #piecesOf(key: string): string[] {
    const pieces = this.#texts.get(key) ?? [];
    this.#texts.set(key, pieces);
    return pieces;
  }

  #addCall(piece: unknown): void {
    const record = asRecord(piece);
    if (record === undefined) return;
    const place = record.index ?? record.id ?? 0;
    const call = this.#calls.get(place) ?? { pieces: [], fields: {}, called: {} };
    this.#calls.set(place, call);
    const { function: called, index: _place, ...fields } = record;
    for (const [key, value] of Object.entries(fields)) if (!isEmpty(value)) call.fields[key] = value;
    for (const [key, value] of Object.entries(asRecord(called) ?? {})) {
      if (key === "arguments" && typeof value === "string") call.pieces.push(value);
      else if (!isEmpty(value)) call.called[key] = value;
    }
  }

  whole(): JsonRecord {
    const message: Record<string, unknown> = { role: "assistant", ...this.#values };
    for (const [key, pieces] of this.#texts) message[key] = pieces.join("");
    if (this.#calls.size > 0) {
      message.tool_calls = [...this.#calls.values()].map(({ pieces, fields, called }) => ({
        ...fields,
        function: { ...called, arguments: pieces.join("") },
      }));
    }
    return { ...this.#choice, message };
  }
}
