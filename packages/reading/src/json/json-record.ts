import { isNumberText } from "@everspan/protocol";

/** Careful looks at values whose shape nobody promised. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): JsonRecord | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isNumberText(value)) return undefined;
  return value as JsonRecord;
}

/** An own property; names from outside never reach the prototype. */
export function own(record: JsonRecord | undefined, key: string): unknown {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The first of the keys that holds a string. */
export function textAt(record: JsonRecord | undefined, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = own(record, key);
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** True for null, "", [] and {}: nothing is lost with them. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (typeof value !== "object") return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}
