import type { Message, Part } from "../form/message.ts";
import { defined, type Fields } from "../json/fields.ts";
import type { BesideField, Nested } from "./dialect.ts";
import { messageRole } from "./roles.ts";
import { resultContent } from "./tool-parts.ts";

type BesideFields = ReadonlyMap<string, readonly BesideField[]>;

/** `{role, content}` with what stands beside the content: the form that most providers share. undefined: it is none. */
export function plainMessage(fields: Fields, nested: Nested, beside: BesideFields): Message | undefined {
  const roleLabel = fields.text("role");
  if (roleLabel === undefined) return undefined;
  fields.drop("type", "message");
  return messageOf(roleLabel, fields, nested, beside);
}

function messageOf(roleLabel: string, fields: Fields, nested: Nested, beside: BesideFields): Message {
  const role = messageRole(roleLabel);
  if (role === "tool") {
    const answered = toolMessage(roleLabel, fields, nested, beside);
    if (answered !== undefined) return answered;
  }
  const before = besideParts("before", fields, nested, beside);
  const content = nested.content(fields.take("parts", "content"));
  const parts = [...before, ...content, ...besideParts("after", fields, nested, beside)];
  return withDetails(role === "user" && isOnlyResults(parts) ? "tool" : role, roleLabel, parts, fields);
}

/** A tool's message answers one call as a whole, unless its content is made of results. */
function toolMessage(label: string, fields: Fields, nested: Nested, beside: BesideFields): Message | undefined {
  const content = fields.peek("parts") ?? fields.peek("content");
  if (Array.isArray(content) && content.length > 0 && isOnlyResults(nested.content(content))) return undefined;
  fields.take("parts", "content");
  const callId = fields.text("tool_call_id", "toolCallId", "call_id", "tool_use_id") ?? null;
  const name = fields.text("name", "tool_name", "toolName") ?? null;
  const failed = fields.text("status") === "error" || fields.flag("is_error") || fields.flag("isError");
  const result: Part = { kind: "toolResult", callId, name, content: resultContent(content, nested), isError: failed };
  return withDetails("tool", label, [result, ...besideParts("after", fields, nested, beside)], fields);
}

function withDetails(role: Message["role"], roleLabel: string, parts: readonly Part[], fields: Fields): Message {
  const details = {
    name: fields.text("name"),
    id: fields.text("id"),
    finishReason: fields.text("finish_reason", "finishReason", "stop_reason", "stopReason"),
  };
  return { role, roleLabel, parts, ...defined(details), ...defined({ rest: fields.rest() }) };
}

function isOnlyResults(parts: readonly Part[]): boolean {
  return parts.length > 0 && parts.every((part) => part.kind === "toolResult");
}

function besideParts(
  place: BesideField["place"],
  fields: Fields,
  nested: Nested,
  beside: BesideFields,
): readonly Part[] {
  const parts: Part[] = [];
  for (const key of Object.keys(fields.record)) {
    const readers = beside.get(key);
    if (readers === undefined) continue;
    for (const { place: its, read } of readers) {
      const found = its === place ? read(fields.peek(key), nested) : undefined;
      if (found === undefined) continue;
      fields.take(key);
      parts.push(...found);
      break;
    }
  }
  return parts;
}
