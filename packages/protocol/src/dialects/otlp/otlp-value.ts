import { inspectPayload } from "../../payload/inspect.ts";

/**
 * The value that a text is the JSON of, when that is an object or a list and no number in it would change; otherwise
 * the text. Instrumentations put whole payloads into attributes as JSON text; as values, their parts can be shared and
 * shown.
 */
export function parseJsonText(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value) || losesDigits(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return inspectPayload(parsed).tooDeep ? value : parsed;
  } catch {
    return value;
  }
}

const MANY_DIGITS = /\d{16}/;
const INTEGER = /-?\d+(?![\d.eE])/y;

/** Whether an integer in JSON text is one that no double holds, e.g. a 64-bit id. Walks the text once. */
function losesDigits(text: string): boolean {
  if (!MANY_DIGITS.test(text)) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code >= ZERO && code <= NINE) {
      INTEGER.lastIndex = at;
      const token = INTEGER.exec(text)?.[0];
      if (token !== undefined && token.length > 15 && String(Number(token)) !== token) return true;
      while (/[\d.eE+-]/.test(text[at + 1] ?? "")) at += 1;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;

/** Index of the closing quote, or the text's length. */
function endOfString(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
