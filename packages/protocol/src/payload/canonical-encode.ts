import { isNumberText } from "./number-text.ts";

/**
 * One text for all spellings of a JSON value: properties in the order of their names (UTF-16 code units), no spaces.
 *
 * Used to ask whether two snapshots are equal. It is NOT how payloads are stored or sent: those keep the bytes that
 * `JSON.stringify` gives, property order included, since what the application recorded must come back byte for byte.
 *
 * As in `JSON.stringify`, properties that are `undefined` do not exist, and -0 is 0. Recursive: for values no deeper
 * than `MAX_PAYLOAD_DEPTH`.
 */
export function canonicalEncode(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalEncode(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (isNumberText(value)) return value.toString();
  const entries: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const property = (value as Record<string, unknown>)[key];
    if (property !== undefined) entries.push(`${JSON.stringify(key)}:${canonicalEncode(property)}`);
  }
  return `{${entries.join(",")}}`;
}
