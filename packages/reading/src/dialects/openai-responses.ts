import type { Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, textAt } from "../json/json-record.ts";
import type { Dialect, MessageReader, Nested, PartReader } from "../messages/dialect.ts";
import { asItem } from "../messages/join-items.ts";
import { mediaPart } from "../messages/media.ts";
import { resultContent, toolCall, toolResult } from "../messages/tool-parts.ts";
import { takeUsage } from "../usage/take-usage.ts";

/** OpenAI's responses: a list of items, some of which are messages, some calls, some their results. */

const CALL = /^(.+)_call$/;
const CALL_OUTPUT = /^(.+)_call_output$/;

/** Any `…_call`, known today or not: what it was given, and its outcome where it stands in the same item. */
const callItem: PartReader = (item, nested) => {
  const type = item.text("type") ?? "";
  const callId = item.text("call_id", "id");
  const name = item.text("name", "server_label") ?? CALL.exec(type)?.[1] ?? type;
  const given = item.take("arguments", "input", "action", "actions", "queries", "code", "operation");
  const outcome = item.take("output", "outputs", "results", "result", "error");
  const failed = textAt(item.record, "status") === "failed" || !isEmpty(item.peek("error"));
  const call = toolCall(item, { callId, name, arguments: given });
  if (outcome === undefined) return call;
  const content = type === "image_generation_call" ? generatedImage(outcome) : resultContent(outcome, nested);
  const result: Part = { kind: "toolResult", callId: callId ?? null, name, content, isError: failed };
  return [call, result];
};

function generatedImage(outcome: unknown): readonly Part[] {
  return typeof outcome === "string" ? [mediaPart("image", { data: outcome })] : [{ kind: "unknown", value: outcome }];
}

const callOutputItem: PartReader = (item, nested) => {
  item.drop("type");
  const callId = item.text("call_id", "id");
  const content = item.take("output");
  const parsed = asRecord(content);
  const shown = parsed?.type === "computer_screenshot" ? [{ ...parsed, type: "input_image" }] : content;
  return toolResult(item, { callId, content: shown }, nested);
};

const inputImage: PartReader = (part) => {
  part.drop("type");
  const url = part.text("image_url", "url");
  const fileId = part.text("file_id");
  return url === undefined && fileId === undefined ? undefined : mediaPart("image", { url, fileId, rest: part.rest() });
};

const inputFile: PartReader = (part) => {
  part.drop("type");
  const source = {
    data: part.text("file_data"),
    url: part.text("file_url"),
    fileId: part.text("file_id"),
    name: part.text("filename"),
    rest: part.rest(),
  };
  return mediaPart("file", source);
};

/** Items that are no messages: the model's, except what answers a call and what only refers to another item. */
const item: MessageReader = (fields, nested) => {
  const type = fields.peek("type");
  if (typeof type !== "string" || typeof fields.peek("role") === "string" || !isItemType(type)) return undefined;
  const parts = nested.content(fields.record);
  if (CALL_OUTPUT.test(type)) return asItem({ role: "tool", roleLabel: type, parts });
  return asItem({ role: "assistant", roleLabel: "assistant", parts });
};

/** A message of the model may be joined with the calls and thoughts around it. */
const messageItem: MessageReader = (fields, nested) => {
  if (fields.peek("type") !== "message" || fields.peek("role") !== "assistant") return undefined;
  const { type: _kind, ...message } = fields.record;
  return nested.messages([message]).map(asItem);
};

const OTHER_ITEMS: ReadonlySet<string> = new Set([
  "reasoning",
  "item_reference",
  "mcp_list_tools",
  "mcp_approval_request",
  "mcp_approval_response",
  "compaction",
]);

function isItemType(type: string): boolean {
  return OTHER_ITEMS.has(type) || CALL.test(type) || CALL_OUTPUT.test(type);
}

export const openAiResponses: Dialect = {
  name: "openai-responses",
  parts: {
    input_text: text,
    output_text: text,
    input_image: inputImage,
    input_file: inputFile,
    computer_screenshot: inputImage,
  },
  partPatterns: [
    [CALL_OUTPUT, callOutputItem],
    [/^(?!tool_call$).+_call$/, callItem],
  ],
  messages: [messageItem, item],
  outputs: [response],
  reduceStream,
};

function text(part: Fields, nested: Nested): readonly Part[] {
  return nested.content({ ...part.record, type: "text" });
}

function response(reply: Fields, nested: Nested): ModelOutput | undefined {
  if (reply.peek("object") !== "response" || !Array.isArray(reply.peek("output"))) return undefined;
  reply.drop("object");
  const messages = nested.messages(reply.list("output") ?? []);
  const responseId = reply.text("id");
  const model = reply.text("model");
  const usage = takeUsage(reply, ["usage"], { serviceTier: reply.peek("service_tier") });
  const finishReason = textAt(asRecord(reply.peek("incomplete_details")), "reason") ?? reply.text("status");
  const failure = asRecord(reply.peek("error"));
  const error =
    failure === undefined
      ? undefined
      : { type: textAt(failure, "code", "type") ?? "Error", message: textAt(failure, "message") ?? "" };
  return { messages, ...defined({ responseId, model, finishReason, usage, error, rest: reply.rest() }) };
}

/** The last whole response of a stream; without one (it was cut), the items as far as they came. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const events = chunks
    .map((chunk) => asRecord(chunk))
    .filter((event) => /^response\./.test(textAt(event, "type") ?? ""));
  if (events.length === 0) return undefined;
  const last = events.findLast((event) => asRecord(event?.response) !== undefined)?.response as JsonRecord | undefined;
  if (last !== undefined && Array.isArray(last.output) && last.output.length > 0) return last;
  return { object: "response", ...last, output: itemsOf(events as JsonRecord[]) };
}

function itemsOf(events: readonly JsonRecord[]): readonly unknown[] {
  const items = new Map<unknown, JsonRecord>();
  const texts = new Map<unknown, string[]>();
  for (const event of events) {
    const place = event.output_index ?? 0;
    const whole = asRecord(event.item);
    if (whole !== undefined) items.set(place, whole);
    const delta = textAt(event, "delta");
    if (delta !== undefined && /text\.delta$|arguments\.delta$|refusal\.delta$/.test(textAt(event, "type") ?? "")) {
      const pieces = texts.get(place) ?? [];
      texts.set(place, pieces);
      pieces.push(delta);
    }
  }
  return [...items].map(([place, whole]) => completed(whole, texts.get(place)?.join("")));
}

/** An item that was never done holds its beginning only: the pieces that came are put in. */
function completed(whole: JsonRecord, text: string | undefined): JsonRecord {
  if (text === undefined || text === "") return whole;
  if (whole.type === "message" && isEmpty(whole.content)) return { ...whole, content: [{ type: "output_text", text }] };
  if (whole.type === "reasoning" && isEmpty(whole.summary))
    return { ...whole, summary: [{ type: "summary_text", text }] };
  if (typeof whole.type === "string" && CALL.test(whole.type) && isEmpty(whole.arguments)) {
    return { ...whole, arguments: text };
  }
  return whole;
}
