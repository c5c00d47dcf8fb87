import type { Part, ToolCallPart, ToolResultPart } from "../form/message.ts";
import { type Fields, restOf } from "../json/fields.ts";
import { isEmpty } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import type { Nested } from "./dialect.ts";

export function toolCall(
  fields: Fields,
  call: { callId?: unknown; name?: unknown; arguments?: unknown },
): ToolCallPart {
  return {
    kind: "toolCall",
    callId: typeof call.callId === "string" ? call.callId : null,
    name: typeof call.name === "string" ? call.name : "",
    arguments: parsedIfJson(call.arguments ?? null),
    ...restOf(fields),
  };
}

export interface ToolResult {
  readonly callId?: unknown;
  readonly name?: unknown;
  readonly content: unknown;
  readonly isError?: boolean;
}

export function toolResult(fields: Fields, result: ToolResult, nested: Nested): ToolResultPart {
  return {
    kind: "toolResult",
    callId: typeof result.callId === "string" ? result.callId : null,
    name: typeof result.name === "string" ? result.name : null,
    content: resultContent(result.content, nested),
    isError: result.isError === true,
    ...restOf(fields),
  };
}

/** A result made of texts and media is read as parts; any other is data. */
export function resultContent(content: unknown, nested: Nested): readonly Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (Array.isArray(content) && content.length > 0) {
    const parts = content.every(isPartLike) ? nested.content(content) : [];
    if (parts.length > 0 && parts.some((part) => part.kind !== "unknown")) return parts;
  }
  return isEmpty(content) ? [] : [{ kind: "json", value: content }];
}

function isPartLike(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as { type?: unknown }).type === "string" || PART_KEYS.some((key) => Object.hasOwn(value, key));
}

const PART_KEYS = ["text", "json", "image", "document", "inlineData", "fileData"];
