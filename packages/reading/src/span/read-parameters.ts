import { CONVENTIONS } from "../conventions/index.ts";
import type { Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";

const NAMES = CONVENTIONS.flatMap((convention) => convention.parameters ?? []);
const PREFIXES = NAMES.filter((name) => name.endsWith("."));
const WHOLE = NAMES.filter((name) => !name.endsWith("."));
const WHOLE_NAMES: ReadonlySet<string> = new Set(WHOLE);

/**
 * Takes the request's parameters out of the data. One that the request's body states too is only taken when it is the
 * same; where two disagree, the body's stands and the other stays in the data.
 */
export function takeParameters(data: Fields, fromBody: JsonRecord | undefined): JsonRecord | undefined {
  const names = Object.keys(data.record);
  if (!names.some((name) => WHOLE_NAMES.has(name) || PREFIXES.some((start) => name.startsWith(start)))) {
    return fromBody === undefined || isEmpty(fromBody) ? undefined : fromBody;
  }
  const parameters: Record<string, unknown> = { ...fromBody };
  for (const name of WHOLE) {
    const bag = bagOf(name, parsedIfJson(data.peek(name)));
    if (bag === undefined || !Object.entries(bag).every(([key, value]) => agrees(parameters, key, value))) continue;
    data.take(name);
    for (const [key, value] of Object.entries(bag)) {
      if (!isEmpty(value) && !ELSEWHERE.has(key)) parameters[key] ??= value;
    }
  }
  for (const name of names) {
    const prefix = PREFIXES.find((start) => name.startsWith(start) && name.length > start.length);
    if (prefix === undefined || data.isTaken(name)) continue;
    const key = name.slice(prefix.length);
    const value = data.peek(name);
    if (!agrees(parameters, key, value)) continue;
    data.take(name);
    if (!isEmpty(value)) parameters[key] ??= value;
  }
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

function bagOf(name: string, value: unknown): JsonRecord | undefined {
  return name === "ai.prompt.toolChoice" && !isEmpty(value) ? { toolChoice: value } : asRecord(value);
}

/** Messages, tools and the model are said elsewhere. */
const ELSEWHERE = new Set(["model", "messages", "tools", "input"]);

function agrees(parameters: JsonRecord, key: string, value: unknown): boolean {
  const standing = parameters[key];
  return ELSEWHERE.has(key) || standing === undefined || standing === value || typeof value === "object";
}
