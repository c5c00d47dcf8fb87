import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, type JsonRecord } from "../json/json-record.ts";
import type { BesideField, Dialect, Nested } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { StreamFields } from "../messages/stream-fields.ts";
import { readUsage } from "../usage/read-usage.ts";

/** Ollama: images and thoughts beside the content, counts beside the message. */

const thinking: BesideField = {
  place: "before",
  read: (value) => (typeof value === "string" ? (value === "" ? [] : [{ kind: "reasoning", text: value }]) : undefined),
};

/** Base64 without a media type. */
const images: BesideField = {
  place: "after",
  read: (value) =>
    Array.isArray(value) && value.every((image) => typeof image === "string")
      ? value.map((image: string) => mediaPart("image", /^https?:/.test(image) ? { url: image } : { data: image }))
      : undefined,
};

export const ollama: Dialect = {
  name: "ollama",
  beside: { thinking, images },
  outputs: [reply],
  reduceStream,
};

function reply(fields: Fields, nested: Nested): ModelOutput | undefined {
  if (!fields.has("done") && !fields.has("eval_count")) return undefined;
  const message = fields.object("message");
  const text = message === undefined ? fields.text("response") : undefined;
  if (message === undefined && text === undefined) return undefined;
  const thought = message === undefined ? fields.text("thinking") : undefined;
  const said = message ?? { content: text, ...defined({ thinking: thought }) };
  const usage = readUsage({
    prompt_eval_count: fields.take("prompt_eval_count"),
    eval_count: fields.take("eval_count"),
  });
  const model = fields.text("model");
  const finishReason = fields.text("done_reason");
  const messages = nested.messages([{ role: "assistant", ...said }]);
  return { messages, ...defined({ usage, model, finishReason, rest: fields.rest() }) };
}

const TEXTS = ["content", "thinking", "response"];

/** Each chunk holds the next piece; the last holds the counts. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const records = chunks.map(asRecord).filter((chunk) => chunk !== undefined && isChunk(chunk)) as JsonRecord[];
  if (records.length === 0 || records.length !== chunks.length) return undefined;
  const whole = new StreamFields();
  const message = new StreamFields();
  const texts = new Map<string, string[]>();
  const calls: unknown[] = [];
  for (const chunk of records) {
    whole.add(chunk, "message", "response");
    for (const [key, value] of Object.entries({ ...asRecord(chunk.message), response: chunk.response })) {
      if (typeof value === "string" && TEXTS.includes(key)) texts.set(key, pushed(texts.get(key), value));
      else if (key === "tool_calls" && Array.isArray(value)) for (const call of value) calls.push(call);
      else message.add({ [key]: value });
    }
  }
  const joined = Object.fromEntries([...texts].map(([key, pieces]) => [key, pieces.join("")]));
  const { response, ...said } = joined;
  const others = message.whole();
  if (Object.keys(others).length === 0 && Object.keys(said).length === 0 && calls.length === 0) {
    return { ...whole.whole(), response };
  }
  return {
    ...whole.whole(),
    message: {
      ...others,
      ...said,
      ...(response === undefined ? {} : { response }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  };
}

function isChunk(chunk: JsonRecord): boolean {
  return typeof chunk.done === "boolean" && (chunk.message === undefined || asRecord(chunk.message) !== undefined);
}

function pushed(pieces: string[] | undefined, piece: string): string[] {
  if (pieces === undefined) return [piece];
  pieces.push(piece);
  return pieces;
}
