/** A name (of a span, a service, a task) from anything: bounded, well-formed text. Total. */
import { cutText, mark, markNonJson, UNREADABLE } from "./marks.ts";
import { wellFormed } from "./well-formed.ts";

export const MAX_NAME_CHARACTERS = 1024;

/** Strings stay as they are up to 1,024 characters; other values become the text that stands for them in payloads. */
export function captureName(value: unknown): string {
  try {
    const text = nameText(value);
    return text.length > MAX_NAME_CHARACTERS ? cutText(text, MAX_NAME_CHARACTERS) : wellFormed(text);
  } catch {
    return UNREADABLE;
  }
}

function nameText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : mark("Object", Object.prototype.toString.call(value).slice(8, -1));
    default:
      return markNonJson(value);
  }
}
