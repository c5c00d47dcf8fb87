/**
 * Looks over JSON text before it is parsed: one pass over the bytes, no memory. Parsing trusts its input with memory
 * in proportion to the number of values and with stack in proportion to their depth; this bounds both beforehand.
 * It does not validate: text that passes may still be no JSON.
 */
import { MAX_JSON_DEPTH, MAX_JSON_NODES, MAX_KEY_BYTES } from "../limits.ts";

export type JsonScanFinding = "too deep" | "too many values" | "key too long";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** @returns what is wrong with the text, or undefined */
export function scanJson(
  bytes: Uint8Array,
  maxDepth = MAX_JSON_DEPTH,
  maxNodes = MAX_JSON_NODES,
): JsonScanFinding | undefined {
  let depth = 0;
  let nodes = 1;
  let lastStringBytes = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE: {
        const end = endOfString(bytes, i);
        lastStringBytes = end - i - 1;
        i = end;
        break;
      }
      case COLON:
        if (lastStringBytes > MAX_KEY_BYTES) return "key too long";
        break;
      case COMMA:
        nodes += 1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        nodes += 1;
        if (depth > maxDepth) return "too deep";
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        break;
    }
    if (nodes > maxNodes) return "too many values";
  }
  return undefined;
}

/** Index of the closing quote. Finding it is left to the runtime's search, since long strings are most of the bytes. */
function endOfString(bytes: Uint8Array, open: number): number {
  for (let end = bytes.indexOf(QUOTE, open + 1); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return bytes.length;
}
