import type { Message, Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, textAt } from "../json/json-record.ts";
import type { Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { toolCall, toolResult } from "../messages/tool-parts.ts";
import { readUsage } from "../usage/read-usage.ts";

/** Google's Gemini: parts without a type, contents with roles `user` and `model`, thoughts that are marked texts. */

/** `{text}` alone, or with `thought: true`. Other providers' parts without a type read the same. */
const text: PartReader = (part) => {
  if (typeof part.peek("type") === "string") return undefined;
  const said = part.text("text");
  if (said === undefined) return undefined;
  const isThought = part.flag("thought");
  const rest = restOf(part);
  if (said === "" && rest.rest === undefined) return [];
  return { kind: isThought ? "reasoning" : "text", text: said, ...rest };
};

const functionCall: PartReader = (part) => {
  const inner = record(part, "functionCall", "function_call");
  if (inner === undefined) return undefined;
  const callId = inner.text("id");
  const name = inner.text("name");
  const given = inner.take("args", "arguments") ?? {};
  return withOuter(toolCall(inner, { callId, name, arguments: given }), part);
};

const functionResponse: PartReader = (part, nested) => {
  const inner = record(part, "functionResponse", "function_response");
  if (inner === undefined) return undefined;
  const callId = inner.text("id");
  const name = inner.text("name");
  const content = inner.take("response");
  const isError = textAt(asRecord(content), "error") !== undefined;
  return withOuter(toolResult(inner, { callId, name, content, isError }, nested), part);
};

const inlineData: PartReader = (part) => {
  const inner = record(part, "inlineData", "inline_data");
  if (inner === undefined) return undefined;
  const mediaType = inner.text("mimeType", "mime_type");
  const data = inner.text("data");
  const name = inner.text("displayName");
  return mediaPart("file", { mediaType, data, name, rest: bothRests(inner, part) });
};

const fileData: PartReader = (part) => {
  const inner = record(part, "fileData", "file_data");
  if (inner === undefined) return undefined;
  const mediaType = inner.text("mimeType", "mime_type");
  const url = inner.text("fileUri", "file_uri");
  return mediaPart("file", { mediaType, url, rest: bothRests(inner, part) });
};

const executableCode: PartReader = (part) => {
  const inner = record(part, "executableCode", "executable_code");
  if (inner === undefined) return undefined;
  const callId = inner.text("id");
  return withOuter(toolCall(inner, { callId, name: "code_execution", arguments: inner.take("code") }), part);
};

const codeExecutionResult: PartReader = (part, nested) => {
  const inner = record(part, "codeExecutionResult", "code_execution_result");
  if (inner === undefined) return undefined;
  const isError = /FAILED|DEADLINE/.test(textAt(inner.record, "outcome") ?? "");
  const callId = inner.text("id");
  const content = inner.take("output");
  return withOuter(toolResult(inner, { callId, name: "code_execution", content, isError }, nested), part);
};

function record(part: Fields, ...keys: readonly string[]): Fields | undefined {
  const inner = part.object(...keys);
  return inner === undefined ? undefined : new Fields(inner);
}

function bothRests(inner: Fields, part: Fields): JsonRecord | undefined {
  const rest = { ...part.rest(), ...inner.rest() };
  return isEmpty(rest) ? undefined : rest;
}

function withOuter<T extends Part & { rest?: JsonRecord }>(read: T, part: Fields): T {
  const rest = part.rest();
  return rest === undefined ? read : { ...read, rest: { ...rest, ...read.rest } };
}

export const gemini: Dialect = {
  name: "gemini",
  partsByKey: {
    functionCall,
    function_call: functionCall,
    functionResponse,
    function_response: functionResponse,
    inlineData,
    inline_data: inlineData,
    fileData,
    file_data: fileData,
    executableCode,
    executable_code: executableCode,
    codeExecutionResult,
    code_execution_result: codeExecutionResult,
    text,
  },
  messages: [content],
  outputs: [reply],
  reduceStream,
};

/** Contents of one turn may leave the role out. */
function content(fields: Fields, nested: Nested): Message | undefined {
  if (fields.has("role") || fields.has("type") || !Array.isArray(fields.peek("parts"))) return undefined;
  const parts = nested.content(fields.list("parts"));
  return { role: "user", roleLabel: "user", parts, ...restOf(fields) };
}

function reply(fields: Fields, nested: Nested): ModelOutput | undefined {
  const candidates = fields.list("candidates");
  if (candidates === undefined) {
    const inner = asRecord(fields.peek("response"));
    return Array.isArray(inner?.candidates) && Object.keys(fields.record).length === 1
      ? nested.output(inner)
      : undefined;
  }
  const messages = candidates.flatMap((candidate) => candidateMessages(candidate, nested));
  const usage = readUsage(fields.take("usageMetadata", "usage_metadata"));
  const model = fields.text("modelVersion", "model_version", "model");
  const responseId = fields.text("responseId", "response_id");
  const finishReason = messages.find((message) => message.finishReason !== undefined)?.finishReason;
  return { messages, ...defined({ model, responseId, usage, finishReason, rest: fields.rest() }) };
}

function candidateMessages(candidate: unknown, nested: Nested): readonly Message[] {
  const given = asRecord(candidate);
  if (given === undefined) return nested.messages([candidate]);
  const fields = new Fields(given);
  fields.drop("index", 0);
  const finishReason = fields.text("finishReason", "finish_reason");
  const said = fields.object("content") ?? {};
  const rest = fields.rest();
  return nested.messages([{ role: "model", ...said }]).map((message) => ({
    ...message,
    ...defined({ finishReason }),
    ...(rest === undefined ? {} : { rest: { ...message.rest, ...rest } }),
  }));
}

/** Each chunk is a whole reply with the next piece of the text; counts are totals so far. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const replies = chunks.map(asRecord).filter((chunk) => chunk !== undefined && Array.isArray(chunk.candidates));
  if (replies.length === 0 || replies.length !== chunks.length) return undefined;
  const whole: Record<string, unknown> = {};
  const turns = new Map<unknown, { fields: Record<string, unknown>; parts: unknown[] }>();
  for (const chunk of replies) {
    for (const [key, value] of Object.entries(chunk!)) if (key !== "candidates" && !isEmpty(value)) whole[key] = value;
    for (const candidate of chunk!.candidates as readonly unknown[]) {
      const { content: said, ...others } = asRecord(candidate) ?? {};
      const turn = turns.get(others.index ?? 0) ?? { fields: {}, parts: [] };
      turns.set(others.index ?? 0, turn);
      for (const [key, value] of Object.entries(others)) if (!isEmpty(value)) turn.fields[key] = value;
      const parts = asRecord(said)?.parts;
      if (Array.isArray(parts)) for (const part of parts) turn.parts.push(part);
    }
  }
  whole.candidates = [...turns.values()].map(({ fields, parts }) => ({
    ...fields,
    content: { role: "model", parts: joinedTexts(parts) },
  }));
  return whole;
}

/** Neighbouring pieces of one text, or of one thought, as one part. */
function joinedTexts(parts: readonly unknown[]): readonly unknown[] {
  const groups: { part: JsonRecord; pieces: string[] }[] = [];
  const result: (unknown | { part: JsonRecord; pieces: string[] })[] = [];
  let open: { part: JsonRecord; pieces: string[] } | undefined;
  for (const part of parts) {
    const given = asRecord(part);
    const isText = typeof given?.text === "string";
    if (isText && open !== undefined && open.part.thought === given.thought) {
      open.pieces.push(given.text as string);
      open.part = { ...open.part, ...given };
      continue;
    }
    open = isText ? { part: given, pieces: [given.text as string] } : undefined;
    if (open === undefined) result.push(part);
    else {
      groups.push(open);
      result.push(open);
    }
  }
  const isGroup = new Set<unknown>(groups);
  return result.map((item) => {
    if (!isGroup.has(item)) return item;
    const { part, pieces } = item as { part: JsonRecord; pieces: string[] };
    return { ...part, text: pieces.join("") };
  });
}
