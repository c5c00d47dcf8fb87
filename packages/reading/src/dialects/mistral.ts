import type { Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields, restOf } from "../json/fields.ts";
import { asRecord, isEmpty, textAt } from "../json/json-record.ts";
import type { Dialect, MessageReader, Nested, PartReader } from "../messages/dialect.ts";
import { asItem } from "../messages/join-items.ts";
import { mediaPart } from "../messages/media.ts";
import { resultContent, toolCall, toolResult } from "../messages/tool-parts.ts";
import { takeUsage } from "../usage/take-usage.ts";

/** Mistral: chat completions in camel case where its client made them, conversations of entries, and parts of its own. */

const documentUrl: PartReader = (part) => {
  part.drop("type");
  const url = part.text("document_url", "documentUrl");
  const name = part.text("document_name", "documentName");
  return url === undefined ? undefined : mediaPart("file", { url, name, rest: part.rest() });
};

const imageUrl: PartReader = (part) => {
  part.drop("type");
  const url = part.text("imageUrl");
  return url === undefined ? undefined : mediaPart("image", { url, rest: part.rest() });
};

const reference: PartReader = (part) => {
  part.drop("type");
  return { kind: "citation", url: null, title: null, text: null, ...{ rest: part.rest() ?? {} } };
};

/** What a tool of the provider's found. */
const toolReference: PartReader = (part) => {
  part.drop("type");
  const url = part.text("url") ?? null;
  const title = part.text("title") ?? null;
  const text = part.text("description") ?? null;
  return { kind: "citation", url, title, text, ...restOf(part) };
};

/** An entry of a conversation that is no message; what it says of itself beside its content stays in its rest. */
const functionCall: PartReader = (entry) => {
  dropMarks(entry);
  const callId = entry.text("toolCallId", "tool_call_id", "id");
  const name = entry.text("name");
  return toolCall(entry, { callId, name, arguments: entry.take("arguments") });
};

const functionResult: PartReader = (entry, nested) => {
  dropMarks(entry);
  const callId = entry.text("toolCallId", "tool_call_id");
  return toolResult(entry, { callId, content: entry.take("result") }, nested);
};

/** A tool that ran at the provider: what it was given and what came of it, in one. */
const toolExecution: PartReader = (entry, nested) => {
  dropMarks(entry);
  const callId = entry.text("id") ?? null;
  const name = entry.text("name") ?? "";
  const info = entry.take("info");
  const call = toolCall(entry, { callId, name, arguments: entry.take("arguments") });
  if (isEmpty(info)) return call;
  const result: Part = { kind: "toolResult", callId, name, content: resultContent(info, nested), isError: false };
  return [call, result];
};

function dropMarks(entry: Fields): void {
  entry.drop("type");
  entry.drop("object", "entry");
}

const ENTRIES: ReadonlySet<unknown> = new Set(["function.call", "tool.execution", "agent.handoff"]);

const entry: MessageReader = (fields, nested) => {
  const type = fields.peek("type");
  if (type === "message.output" || type === "message.input") {
    const { type: _type, object: _object, ...message } = fields.record;
    const role = type === "message.output" ? "assistant" : "user";
    return nested.messages([{ role, ...message }]).map(asItem);
  }
  if (type === "function.result")
    return asItem({ role: "tool", roleLabel: type, parts: nested.content(fields.record) });
  if (!ENTRIES.has(type)) return undefined;
  return asItem({ role: "assistant", roleLabel: "assistant", parts: nested.content(fields.record) });
};

export const mistral: Dialect = {
  name: "mistral",
  parts: {
    document_url: documentUrl,
    image_url: imageUrl,
    reference,
    tool_reference: toolReference,
    "function.call": functionCall,
    "function.result": functionResult,
    "tool.execution": toolExecution,
  },
  messages: [entry],
  outputs: [conversation],
};

function conversation(reply: Fields, nested: Nested): ModelOutput | undefined {
  const outputs = reply.peek("outputs");
  if (reply.peek("object") !== "conversation.response" || !Array.isArray(outputs)) return undefined;
  reply.drop("object");
  const messages = nested.messages(reply.list("outputs") ?? []);
  // Which model it was and the reply's id stand in the entries alone.
  const lastOf = (key: string) => outputs.map((output) => textAt(asRecord(output), key)).findLast(Boolean);
  const model = lastOf("model");
  const responseId = lastOf("id");
  const usage = takeUsage(reply, ["usage"]);
  return { messages, ...defined({ model, responseId, usage, rest: reply.rest() }) };
}
