import { MAX_PAYLOAD_DEPTH } from "../../limits.ts";
import { inspectPayload } from "../../payload/inspect.ts";
import { isJsonObject, setOwn } from "../../payload/json-object.ts";

/** Attributes of OTLP, from outside: a list of keys and tagged values, read into plain JSON. What has no form is skipped. */

export function readAttributes(list: unknown): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  if (!Array.isArray(list)) return attributes;
  for (const item of list) {
    if (!isJsonObject(item) || typeof item.key !== "string") continue;
    const value = readValue(item.value, 0);
    if (value !== undefined) setOwn(attributes, item.key, value);
  }
  return attributes;
}

/** @returns undefined for an empty value, as for one that is nested too deeply */
function readValue(value: unknown, depth: number): unknown {
  if (!isJsonObject(value) || depth > MAX_PAYLOAD_DEPTH) return undefined;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined) return readInteger(intValue);
  if (doubleValue !== undefined) return readDouble(doubleValue);
  if (isJsonObject(arrayValue)) return readArray(arrayValue.values, depth + 1);
  if (isJsonObject(kvlistValue)) return readList(kvlistValue.values, depth + 1);
  return typeof bytesValue === "string" ? bytesValue : undefined;
}

function readArray(values: unknown, depth: number): unknown[] {
  return Array.isArray(values) ? values.map((value) => readValue(value, depth) ?? null) : [];
}

function readList(values: unknown, depth: number): Record<string, unknown> {
  const list: Record<string, unknown> = {};
  if (!Array.isArray(values)) return list;
  for (const item of values) {
    if (isJsonObject(item) && typeof item.key === "string")
      setOwn(list, item.key, readValue(item.value, depth) ?? null);
  }
  return list;
}

/** 64-bit integers come as text or number. One that no double holds exactly stays text. */
function readInteger(value: unknown): unknown {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^-?\d{1,20}$/.test(value)) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** JSON has no NaN and no infinity: protobuf's JSON form writes them as text, and text they stay. */
function readDouble(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  return typeof value === "string" ? value : undefined;
}

/**
 * The value that a text is the JSON of, when that is an object or a list; otherwise the text. Instrumentations put
 * whole payloads into attributes as JSON text; as values, their parts can be shared and shown.
 */
export function parseJsonText(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return inspectPayload(parsed).tooDeep ? value : parsed;
  } catch {
    return value;
  }
}
