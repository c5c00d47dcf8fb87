import { MAX_PAYLOAD_DEPTH, parseJsonNumbers } from "@everspan/protocol";

/** A longer text stays text: parsing it in one piece would stop the page or the collector. */
const MAX_PARSED_LENGTH = 4 * 1024 * 1024;
const LOOKS_STRUCTURED = /^\s*[[{]/;

/** JSON that arrived as text (an attribute, a tool call's arguments) as its value; anything else unchanged. */
export function parsedIfJson(value: unknown): unknown {
  if (typeof value !== "string" || value.length > MAX_PARSED_LENGTH || !LOOKS_STRUCTURED.test(value)) return value;
  try {
    const parsed = parseJsonNumbers(value);
    return isShallow(parsed) ? parsed : value;
  } catch {
    return value;
  }
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
