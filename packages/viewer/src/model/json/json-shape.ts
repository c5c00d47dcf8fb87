/** Careful looks at values whose shape nobody promised. */
import { isNumberText, parseJsonNumbers } from "@everspan/protocol";

export type JsonRecord = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): JsonRecord | undefined {
  return isContainer(value) && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** A list or an object. A number that is kept as text is neither, though it is an object to the language. */
export function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isNumberText(value);
}

/** Parsing more in one piece would stop the page; such a text is shown as text. */
const MAX_PARSED_LENGTH = 4 * 1024 * 1024;

/** JSON that arrived as text (an OTLP attribute, a tool call's arguments) as its value; anything else unchanged. */
export function parsedIfJson(value: unknown): unknown {
  if (typeof value !== "string" || value.length > MAX_PARSED_LENGTH || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseJsonNumbers(value);
  } catch {
    return value;
  }
}

/** Exporters wrap payloads that a back end would refuse (a list, a string) as `{value}`. */
export function unwrapped(payload: unknown): unknown {
  const record = asRecord(payload);
  if (record === undefined || !("value" in record) || Object.keys(record).length !== 1) return payload;
  return record.value;
}

export function isRecord(value: unknown): value is JsonRecord {
  return asRecord(value) !== undefined;
}
