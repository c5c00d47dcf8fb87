import type { Part } from "../form/message.ts";
import { Fields, restOf } from "../json/fields.ts";
import { asRecord } from "../json/json-record.ts";
import type { Dialect, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { toolCall, toolResult } from "../messages/tool-parts.ts";

/** Parts that several providers spell alike: each reads the fields of all of them. */

const text: PartReader = (part, nested) => {
  const found = part.text("text", "content");
  if (found === undefined) return undefined;
  part.drop("type");
  const citations = part.list("annotations", "citations") ?? [];
  const said: readonly Part[] = found === "" ? [] : [{ kind: "text", text: found, ...restOf(part) }];
  return [...said, ...citations.flatMap((citation) => citationOf(citation, nested))];
};

/** A citation of any provider; its place in the text stays in its rest. */
export function citationOf(value: unknown, nested: Parameters<PartReader>[1]): readonly Part[] {
  const record = asRecord(value);
  if (record === undefined) return nested.content(value);
  const fields = new Fields(asRecord(record.url_citation) ?? record);
  const url = fields.text("url", "uri", "source") ?? null;
  const title = fields.text("title", "document_title", "filename", "name") ?? null;
  const cited = fields.text("cited_text", "text", "quote") ?? null;
  if (url === null && title === null && cited === null) return [{ kind: "unknown", value }];
  return [{ kind: "citation", url, title, text: cited, ...restOf(fields) }];
}

/** `{type: "reasoning"}` of OpenAI's responses (summary and content in parts), of the AI SDK and of OpenTelemetry. */
const reasoning: PartReader = (part, nested) => {
  part.drop("type");
  const spoken = part.text("text", "content", "reasoning", "thinking");
  const texts = [part.list("content"), part.list("summary"), part.list("thinking")].flatMap((list) => list ?? []);
  const thought = texts.flatMap((item) => nested.content(item));
  const words = thought.flatMap((item) => (item.kind === "text" || item.kind === "reasoning" ? [item.text] : []));
  const others = thought.filter((item) => item.kind !== "text" && item.kind !== "reasoning");
  return [
    { kind: "reasoning", text: [spoken ?? "", ...words].filter(Boolean).join("\n\n"), ...restOf(part) },
    ...others,
  ];
};

const summaryText: PartReader = (part) => {
  const found = part.text("text");
  part.drop("type");
  return found === undefined ? undefined : { kind: "text", text: found, ...restOf(part) };
};

/** Anthropic's `source`, the AI SDK's `image` and `mediaType`, the Model Context Protocol's `data` and `mimeType`. */
const media =
  (kind: "image" | "audio" | "video" | "file"): PartReader =>
  (part) => {
    part.drop("type");
    const source = asRecord(part.peek("source"));
    const inner = source === undefined ? undefined : new Fields(source);
    if (inner !== undefined) part.take("source");
    const at = inner ?? part;
    at.drop("type", "base64", "url", "file", "text");
    const mediaType = at.text("media_type", "mediaType", "mimeType", "mime_type");
    const data = at.text("data", "image", "base64", "audio");
    const url = at.text("url", "image_url", "file_url", "uri");
    const fileId = at.text("file_id", "fileId");
    if (data === undefined && url === undefined && fileId === undefined && inner === undefined) return undefined;
    const name = part.text("name", "filename", "title");
    const isUrl = data !== undefined && /^(?:https?|gs|s3|file):/.test(data);
    const rest = inner?.rest() === undefined ? part.rest() : { ...part.rest(), source: inner.rest() };
    return mediaPart(kind, {
      mediaType,
      data: isUrl ? undefined : data,
      url: isUrl ? data : url,
      fileId,
      name,
      rest,
    });
  };

const refusal: PartReader = (part) => {
  const found = part.text("refusal", "text", "content");
  part.drop("type");
  return found === undefined ? undefined : { kind: "refusal", text: found, ...restOf(part) };
};

/** Calls and results under the names that Anthropic, LangChain, OpenTelemetry and the AI SDK give them. */
const call: PartReader = (part) => {
  part.drop("type");
  const target = part.object("function");
  const inner = target === undefined ? part : new Fields(target);
  const callId = part.text("call_id", "toolCallId", "tool_call_id", "id");
  const name = inner.text("name", "toolName", "tool_name");
  const given = inner.take("arguments", "args", "input", "parameters");
  if (name === undefined && given === undefined) return undefined;
  const read = toolCall(part, { callId, name, arguments: given });
  const innerRest = inner === part ? undefined : inner.rest();
  return innerRest === undefined ? read : { ...read, rest: { ...read.rest, function: innerRest } };
};

const result: PartReader = (part, nested) => {
  part.drop("type");
  const callId = part.text("tool_use_id", "tool_call_id", "toolCallId", "call_id", "id");
  const name = part.text("name", "toolName", "tool_name");
  const isError = part.flag("is_error") || part.flag("isError");
  const content = part.take("content", "output", "result", "response");
  return toolResult(part, { callId, name, content, isError }, nested);
};

export const sharedParts: Dialect = {
  name: "shared",
  parts: {
    text,
    reasoning,
    summary_text: summaryText,
    reasoning_text: summaryText,
    image: media("image"),
    audio: media("audio"),
    video: media("video"),
    file: media("file"),
    refusal,
    tool_use: call,
    tool_call: call,
    function: call,
    tool_result: result,
    tool_call_response: result,
  },
};
