import { MAX_PAYLOAD_DEPTH } from "@everspan/protocol";

/** A longer text stays text: parsing it in one piece would stop the page or the collector. */
const MAX_PARSED_LENGTH = 4 * 1024 * 1024;
const LOOKS_STRUCTURED = /^\s*[[{]/;

/** JSON that arrived as text (an attribute, a tool call's arguments) as its value; anything else unchanged. */
export function parsedIfJson(value: unknown): unknown {
  if (typeof value !== "string" || value.length > MAX_PARSED_LENGTH || !LOOKS_STRUCTURED.test(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return isShallow(parsed) && isExact(value) ? parsed : value;
  } catch {
    return value;
  }
}

/** Integers beyond 2^53 and the like would be rounded without a word: such a text stays as it is. */
function isExact(text: string): boolean {
  if (!/\d{16}|\d[eE][+-]?\d{2}/.test(text)) return true;
  for (const [number] of withoutStrings(text).matchAll(/-?\d[\d.eE+-]{14,}|-?\d[\d.]*[eE][+-]?\d+/g)) {
    if (number.length > 400 || !sameNumber(number)) return false;
  }
  return true;
}

function sameNumber(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(text) || Number.isSafeInteger(value);
}

function withoutStrings(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/gs, '""');
}

function isShallow(value: unknown): boolean {
  const pending: [unknown, number][] = [[value, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [current, depth] = next;
    if (typeof current !== "object" || current === null) continue;
    if (depth >= MAX_PAYLOAD_DEPTH) return false;
    for (const child of Object.values(current)) {
      if (typeof child === "object" && child !== null) pending.push([child, depth + 1]);
    }
  }
  return true;
}
