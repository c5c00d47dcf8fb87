/**
 * The content of a message in parts: OpenAI (chat and responses), Anthropic, OpenTelemetry GenAI and plain strings.
 * Each part's `type` names it; what nobody knows is kept as it is.
 */
import { asRecord, type JsonRecord, parsedIfJson, stringAt } from "./json-shape.ts";
import type { MessagePart } from "./message.ts";

export function parseContent(content: unknown): readonly MessagePart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (Array.isArray(content)) return content.flatMap(parsePart);
  return parsePart(content);
}

/** OpenAI's `tool_calls` beside the content, and its older `function_call`. */
export function parseToolCalls(message: JsonRecord): readonly MessagePart[] {
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  const legacy = message.function_call === undefined || message.function_call === null ? [] : [message.function_call];
  return [...calls, ...legacy].flatMap((call) => {
    const record = asRecord(call);
    return record === undefined ? [] : [toolCall(record)];
  });
}

/** Reasoning that stands beside the content (OpenRouter, DeepSeek and others). */
export function parseReasoning(message: JsonRecord): readonly MessagePart[] {
  const text = stringAt(message, "reasoning_content", "reasoning", "thinking");
  return text ? [{ kind: "thinking", text }] : [];
}

type PartReader = (part: JsonRecord) => readonly MessagePart[];

const text: PartReader = (part) => {
  const found = stringAt(part, "text", "content", "refusal");
  return found === undefined ? [{ kind: "unknown", value: part }] : found === "" ? [] : [{ kind: "text", text: found }];
};

const thinking: PartReader = (part) => {
  const found = stringAt(part, "thinking", "text", "content") ?? summaryOf(part);
  return found ? [{ kind: "thinking", text: found }] : [];
};

const call: PartReader = (part) => [toolCall(part)];

const result: PartReader = (part) => [
  {
    kind: "toolResult",
    callId: stringAt(part, "tool_use_id", "tool_call_id", "toolCallId", "call_id", "id") ?? null,
    name: stringAt(part, "name", "toolName") ?? null,
    content: part.content ?? part.output ?? part.result ?? part.response ?? null,
    isError: part.is_error === true || part.isError === true,
  },
];

const media: PartReader = (part) => [{ kind: "media", label: mediaLabel(part) }];

const READERS: ReadonlyMap<string, PartReader> = new Map([
  ...["text", "input_text", "output_text", "refusal"].map((type) => [type, text] as const),
  ...["thinking", "reasoning", "redacted_thinking"].map((type) => [type, thinking] as const),
  ...["tool_use", "tool_call", "tool-call", "function_call", "server_tool_use"].map((type) => [type, call] as const),
  ...["tool_result", "tool_call_response", "tool-result", "function_call_output"].map(
    (type) => [type, result] as const,
  ),
  ...["image", "image_url", "input_image", "input_audio", "audio", "file", "input_file", "document", "blob", "uri"].map(
    (type) => [type, media] as const,
  ),
]);

function parsePart(part: unknown): readonly MessagePart[] {
  if (typeof part === "string") return part === "" ? [] : [{ kind: "text", text: part }];
  const record = asRecord(part);
  if (record === undefined) return [{ kind: "unknown", value: part }];
  const reader = typeof record.type === "string" ? READERS.get(record.type) : undefined;
  if (reader !== undefined) return reader(record);
  return record.type === undefined && typeof record.text === "string"
    ? text(record)
    : [{ kind: "unknown", value: part }];
}

function toolCall(call: JsonRecord): MessagePart {
  const fn = asRecord(call.function);
  const given = fn?.arguments ?? call.arguments ?? call.input ?? call.args ?? null;
  return {
    kind: "toolCall",
    callId: stringAt(call, "call_id", "id", "toolCallId") ?? null,
    name: stringAt(fn, "name") ?? stringAt(call, "name", "toolName") ?? "tool",
    arguments: parsedIfJson(given),
  };
}

/** OpenAI's responses: `summary: [{type: "summary_text", text}]`. */
function summaryOf(part: JsonRecord): string {
  const summary = Array.isArray(part.summary) ? part.summary : [];
  return summary.map((item) => stringAt(asRecord(item), "text") ?? "").join("\n\n");
}

function mediaLabel(part: JsonRecord): string {
  const source = asRecord(part.source) ?? asRecord(part.image_url) ?? asRecord(part.file) ?? part;
  const type = stringAt(source, "media_type", "mime_type", "mimeType", "format");
  const name = stringAt(source, "filename", "name", "url", "uri");
  const shown = name?.startsWith("data:") ? name.slice(0, name.indexOf(",")).slice(0, 60) : name?.slice(0, 120);
  return [String(part.type), type, shown].filter(Boolean).join(" · ");
}
