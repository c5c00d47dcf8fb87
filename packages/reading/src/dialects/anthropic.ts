import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { asRecord, type JsonRecord, textAt } from "../json/json-record.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { withOutside } from "../messages/outside.ts";
import { toolCall, toolResult } from "../messages/tool-parts.ts";
import { takeUsage } from "../usage/take-usage.ts";
import { reduceMessageStream } from "./anthropic-stream.ts";

/** Anthropic's messages: thinking, tools that the server runs, citations, documents; replies and streams. */

const thinking: PartReader = (part, nested) => {
  const said = part.text("thinking", "text");
  if (said === undefined) return nested.content({ ...part.record, type: "reasoning" });
  part.drop("type");
  return { kind: "reasoning", text: said, ...restOf(part) };
};

const redactedThinking: PartReader = (part) => {
  part.drop("type");
  return { kind: "reasoning", text: "", ...restOf(part) };
};

const serverToolUse: PartReader = (part) => {
  const callId = part.text("id");
  const name = part.text("name");
  const given = part.take("input");
  return toolCall(part, { callId, name, arguments: given });
};

/** `web_search_tool_result`, `code_execution_tool_result`, …: an error is an object with an `error_code`. */
const serverToolResult: PartReader = (part, nested) => {
  const callId = part.text("tool_use_id");
  const content = part.take("content");
  const isError = part.flag("is_error") || textAt(asRecord(content), "error_code") !== undefined;
  const name = /^(.+)_tool_result$/.exec(textAt(part.record, "type") ?? "")?.[1];
  return toolResult(part, { callId, name, content, isError }, nested);
};

const document: PartReader = (part) => {
  const given = part.object("source");
  if (given === undefined) return undefined;
  part.drop("type");
  const source = new Fields(given);
  const isText = source.peek("type") === "text";
  source.drop("type", "text", "base64", "url", "file");
  const content = source.text("data");
  return mediaPart("file", {
    mediaType: source.text("media_type"),
    data: isText ? undefined : content,
    text: isText ? content : undefined,
    url: source.text("url"),
    fileId: source.text("file_id"),
    name: part.text("title"),
    rest: withSource(part, source),
  });
};

function withSource(part: Fields, source: Fields): JsonRecord | undefined {
  const rest = source.rest();
  return rest === undefined ? part.rest() : { ...part.rest(), source: rest };
}

const searchResult: PartReader = (part, nested) => {
  part.drop("type");
  const url = part.text("source", "url") ?? null;
  const title = part.text("title") ?? null;
  const words = nested.content(part.take("content"));
  const text = words.flatMap((word) => (word.kind === "text" ? [word.text] : [])).join("\n");
  const others = words.filter((word) => word.kind !== "text" || word.rest !== undefined);
  return [{ kind: "citation", url, title, text: text === "" ? null : text, ...restOf(part) }, ...others];
};

const upload: PartReader = (part) => {
  part.drop("type");
  const fileId = part.text("file_id");
  return fileId === undefined ? undefined : mediaPart("file", { fileId, rest: part.rest() });
};

export const anthropic: Dialect = {
  name: "anthropic",
  parts: {
    thinking,
    redacted_thinking: redactedThinking,
    server_tool_use: serverToolUse,
    mcp_tool_use: serverToolUse,
    document,
    search_result: searchResult,
    web_search_result: searchResult,
    container_upload: upload,
  },
  partPatterns: [[/^.+_tool_result$/, serverToolResult]],
  outputs: [message, failure],
  reduceStream: reduceMessageStream,
};

function message(reply: Fields, nested: Nested): ModelOutput | undefined {
  if (reply.peek("type") !== "message" || reply.peek("role") !== "assistant") return undefined;
  if (!reply.has("content") || reply.has("choices")) return undefined;
  const { role, content } = reply.record;
  reply.drop("role");
  reply.drop("content");
  reply.drop("type");
  const finishReason = reply.text("stop_reason");
  const responseId = reply.text("id");
  const model = reply.text("model");
  const usage = takeUsage(reply, ["usage"]);
  const messages = nested.messages([{ role, content }]).map((said) => withOutside(said, { finishReason }));
  return { messages, ...defined({ responseId, model, finishReason, usage, rest: reply.rest() }) };
}

/** `{type: "error", error: {type, message}}`: the body of a refused request. */
function failure(reply: Fields): ModelOutput | undefined {
  const error = asRecord(reply.peek("error"));
  if (error === undefined || textAt(error, "message") === undefined || reply.has("choices") || reply.has("output")) {
    return undefined;
  }
  reply.take("error");
  reply.drop("type", "error");
  const fields = new Fields(error);
  const type = fields.text("type", "code", "status") ?? "Error";
  const said = fields.text("message") ?? "";
  const rest = mergeRests(fields.rest(), reply.rest());
  return { messages: [], error: { type, message: said }, ...defined({ rest }) };
}
