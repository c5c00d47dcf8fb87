/**
 * Looks over JSON text before it is parsed: one pass over the bytes, no memory. Parsing trusts its input with memory
 * in proportion to the number of values and with stack in proportion to their depth; this bounds both beforehand.
 * It does not validate: text that passes may still be no JSON. On the way it sees whether a number is one that no double
 * holds, so that only bodies with such a number are parsed by the slower parser that keeps it.
 */
import { isExactNumber } from "@everspan/protocol";
import { MAX_JSON_DEPTH, MAX_JSON_NODES, MAX_KEY_BYTES } from "../limits.ts";

export type JsonScanFinding = "too deep" | "too many values" | "key too long" | "number beyond doubles";

const WINDOW_BYTES = 16 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const LOWER_CASE = 0x20;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * @param onCounted told of the number of values in a text of which nothing is wrong
 * @returns what is wrong with the text, or special; undefined for what is neither
 */
export function scanJson(
  bytes: Buffer,
  maxDepth = MAX_JSON_DEPTH,
  maxNodes = MAX_JSON_NODES,
  onCounted: (values: number) => void = () => {},
): JsonScanFinding | undefined {
  let depth = 0;
  let nodes = 1;
  let lastStringBytes = 0;
  let isExact = true;
  const tokenOf = textWindow(bytes);
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
      default:
        if (isNumberStart(bytes[i]!)) {
          const end = endOfNumber(bytes, i);
          isExact &&= !mayLose(bytes, i, end) || isExactNumber(tokenOf(i, end));
          i = end - 1;
        }
    }
    if (nodes > maxNodes) return "too many values";
  }
  onCounted(nodes);
  return isExact ? undefined : "number beyond doubles";
}

function isNumberStart(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || byte === MINUS;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < bytes.length && isInNumber(bytes[end]!)) end += 1;
  return end;
}

/** Digits, `+`, `-`, `.`, `e` and `E`. */
function isInNumber(byte: number): boolean {
  return (byte >= PLUS && byte <= NINE && byte !== COMMA && byte !== SLASH) || (byte | LOWER_CASE) === LOWER_E;
}

/** Decodes many bytes at a time: for each number alone that takes as long as to read it. */
function textWindow(bytes: Buffer): (start: number, end: number) => string {
  let [from, text] = [0, ""];
  return (start, end) => {
    if (end > from + text.length) {
      [from, text] = [start, bytes.toString("latin1", start, Math.max(end, start + WINDOW_BYTES))];
    }
    return text.slice(start - from, end - from);
  };
}

/** Fewer characters always fit a double, but for the sign of a zero and with an exponent. */
function mayLose(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 15 || bytes[start] === MINUS) return true;
  for (let at = start; at < end; at++) if ((bytes[at]! | LOWER_CASE) === LOWER_E) return true;
  return false;
}

/** A call of the runtime's search costs as much as to look at so many bytes here. */
const SHORT_STRING = 48;

/**
 * Index of the closing quote. Most strings are short, and found by looking; in the few long ones, which are most of the
 * bytes, the rest is left to the runtime's search.
 */
function endOfString(bytes: Uint8Array, open: number): number {
  const near = Math.min(bytes.length, open + SHORT_STRING);
  for (let at = open + 1; at < near; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    // The byte behind it is no end, whatever it is.
    if (byte === BACKSLASH) at += 1;
  }
  return endOfLongString(bytes, open);
}

function endOfLongString(bytes: Uint8Array, open: number): number {
  for (let end = bytes.indexOf(QUOTE, open + 1); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return bytes.length;
}
