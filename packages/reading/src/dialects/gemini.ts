import type { Message, Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { asRecord, type JsonRecord, textAt } from "../json/json-record.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { withOuterRest, withOutside } from "../messages/outside.ts";
import { StreamFields } from "../messages/stream-fields.ts";
import { toolCall, toolResult } from "../messages/tool-parts.ts";
import { takeUsage } from "../usage/take-usage.ts";

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
  return mergeRests(inner.rest(), part.rest());
}

function withOuter<T extends Part & { rest?: JsonRecord }>(read: T, part: Fields): T {
  return withOuterRest(read, part.rest());
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
  const usage = takeUsage(fields, ["usageMetadata", "usage_metadata"]);
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
  const outside = { finishReason, rest: fields.rest() };
  return nested.messages([{ role: "model", ...said }]).map((message) => withOutside(message, outside));
}

/** Each chunk is a whole reply with the next piece of the text; counts are totals so far. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const replies = chunks.map(asRecord).filter((chunk) => chunk !== undefined && isChunk(chunk)) as JsonRecord[];
  if (replies.length === 0 || replies.length !== chunks.length) return undefined;
  const whole = new StreamFields();
  const turns = new Map<unknown, { fields: StreamFields; parts: unknown[] }>();
  for (const chunk of replies) {
    whole.add(chunk, "candidates");
    for (const candidate of chunk.candidates as readonly JsonRecord[]) {
      const turn = turns.get(candidate.index ?? 0) ?? { fields: new StreamFields(), parts: [] };
      turns.set(candidate.index ?? 0, turn);
      turn.fields.add(candidate, "content");
      for (const part of (asRecord(candidate.content)?.parts as readonly unknown[] | undefined) ?? [])
        turn.parts.push(part);
    }
  }
  const candidates = [...turns.values()].map(({ fields, parts }) => ({
    ...fields.whole(),
    content: { role: "model", parts: joinedTexts(parts) },
  }));
  return { ...whole.whole(), candidates };
}

function isChunk(chunk: JsonRecord): boolean {
  return Array.isArray(chunk.candidates) && chunk.candidates.every((candidate) => isTurn(asRecord(candidate)));
}

/** A piece of a turn, and nothing that joining would lose. */
function isTurn(candidate: JsonRecord | undefined): boolean {
  if (candidate === undefined) return false;
  const content = candidate.content ?? {};
  const record = asRecord(content);
  if (record === undefined || !(record.parts === undefined || Array.isArray(record.parts))) return false;
  return Object.keys(record).every((key) => key === "parts" || key === "role") && (record.role ?? "model") === "model";
}

/** Neighbouring pieces of one text, or of one thought, as one part. */
function joinedTexts(parts: readonly unknown[]): readonly unknown[] {
  const groups: { first: unknown; pieces: string[] }[] = [];
  for (const part of parts) {
    const piece = pieceOf(part);
    const last = groups.at(-1);
    const continues =
      piece !== undefined && last !== undefined && last.pieces.length > 0 && isThought(last.first) === isThought(part);
    if (continues) last.pieces.push(piece);
    else groups.push({ first: part, pieces: piece === undefined ? [] : [piece] });
  }
  return groups.map(({ first, pieces }) => (pieces.length < 2 ? first : { ...asRecord(first), text: pieces.join("") }));
}

/** The text of a part that is nothing else. */
function pieceOf(part: unknown): string | undefined {
  const record = asRecord(part);
  const isPlain = Object.keys(record ?? {}).every((key) => key === "text" || key === "thought");
  return isPlain ? textAt(record, "text") : undefined;
}

function isThought(part: unknown): boolean {
  return asRecord(part)?.thought === true;
}
