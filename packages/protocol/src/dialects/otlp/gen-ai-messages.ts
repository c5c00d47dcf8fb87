import { isJsonObject } from "../../payload/json-object.ts";

/**
 * Conversations in the shape of the GenAI semantic conventions: a list of `{role, parts}`. Read from what providers
 * take and give: messages with a text, with content parts, with tool calls; replies with choices.
 */
export interface GenAiMessage {
  readonly role: string;
  readonly parts: readonly Readonly<Record<string, unknown>>[];
  readonly finish_reason?: string;
}

/** The messages of an input (`{messages: […]}`), or undefined when it has none. */
export function inputMessages(input: unknown): readonly GenAiMessage[] | undefined {
  const messages = isJsonObject(input) ? input.messages : undefined;
  return Array.isArray(messages) && messages.length > 0 ? messages.map((message) => toMessage(message)) : undefined;
}

/** The messages of an output: a reply with `choices`, or one message. */
export function outputMessages(output: unknown): readonly GenAiMessage[] | undefined {
  if (!isJsonObject(output)) return undefined;
  if (Array.isArray(output.choices))
    return output.choices.filter(isJsonObject).map((choice) => toMessage(choice.message, choice.finish_reason));
  if (typeof output.role === "string") return [toMessage(output, output.stop_reason)];
  return undefined;
}

function toMessage(message: unknown, finishReason?: unknown): GenAiMessage {
  if (!isJsonObject(message)) return { role: "user", parts: [{ type: "text", content: textOf(message) }] };
  const role = typeof message.role === "string" ? message.role : "user";
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isJsonObject).map(toToolCall) : [];
  return {
    role,
    parts: [...contentParts(role, message), ...calls],
    ...(typeof finishReason === "string" && { finish_reason: finishReason }),
  };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function contentParts(role: string, message: JsonRecord): JsonRecord[] {
  const { content } = message;
  if (role === "tool")
    return [{ type: "tool_call_response", id: message.tool_call_id ?? null, response: content ?? null }];
  if (Array.isArray(content)) return content.map(toPart);
  return content === undefined || content === null ? [] : [{ type: "text", content: textOf(content) }];
}

/** OpenAI's and Anthropic's text, tool use and tool result parts; any other part passes as it is. */
function toPart(part: unknown): JsonRecord {
  if (!isJsonObject(part)) return { type: "text", content: textOf(part) };
  const { type, text, id, name, input } = part;
  if (typeof text === "string") return { type: "text", content: text };
  if (type === "tool_use") return { type: "tool_call", id: id ?? null, name, arguments: input };
  if (type === "tool_result")
    return { type: "tool_call_response", id: part.tool_use_id ?? null, response: part.content };
  return part;
}

function toToolCall(call: JsonRecord): JsonRecord {
  const target = isJsonObject(call.function) ? call.function : call;
  return { type: "tool_call", id: call.id ?? null, name: target.name, arguments: target.arguments };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
