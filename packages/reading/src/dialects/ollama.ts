import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, type JsonRecord } from "../json/json-record.ts";
import type { BesideField, Dialect, Nested } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
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

/** Each chunk holds the next piece; the last holds the counts. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const records = chunks.map(asRecord).filter((chunk) => chunk !== undefined && "done" in chunk) as JsonRecord[];
  if (records.length === 0 || records.length !== chunks.length) return undefined;
  const texts: Record<string, string[]> = { content: [], thinking: [], response: [] };
  const calls: unknown[] = [];
  const message: Record<string, unknown> = {};
  const whole: Record<string, unknown> = {};
  for (const chunk of records) {
    const { message: said, ...others } = chunk;
    Object.assign(whole, others);
    for (const [key, value] of Object.entries({ ...asRecord(said), response: chunk.response })) {
      if (typeof value === "string" && texts[key] !== undefined) texts[key].push(value);
      else if (key === "tool_calls" && Array.isArray(value)) for (const call of value) calls.push(call);
      else if (value !== undefined) message[key] = value;
    }
  }
  if (records.every((chunk) => chunk.message === undefined)) return { ...whole, response: texts.response!.join("") };
  for (const key of ["content", "thinking"]) if (texts[key]!.length > 0) message[key] = texts[key]!.join("");
  if (calls.length > 0) message.tool_calls = calls;
  const { response: _response, ...others } = whole;
  return { ...others, message };
}
