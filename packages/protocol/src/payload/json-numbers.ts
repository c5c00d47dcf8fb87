/** Reads and writes JSON without a loss to its numbers; see `number-text.ts`. */
import { isNumberText, type NumberText } from "./number-text.ts";

/** What stands before the digits where they must pass as a string; nobody outside can know it. */
let mark: string | undefined;
let marked = /(?!)/g;
let isEncoding = false;
let hasMarked = false;

function markOf(): string {
  if (mark === undefined) {
    const words = [...crypto.getRandomValues(new Uint32Array(4))];
    mark = `number ${words.map((word) => word.toString(36)).join("")} `;
    marked = new RegExp(`"${mark}([^"]*)"`, "g");
  }
  return mark;
}

/** Called by `JSON.stringify`. */
function toJSON(this: NumberText): string {
  if (!isEncoding) return this.toString();
  hasMarked = true;
  return markOf() + this.toString();
}

/**
 * Not of a class that extends String: wherever one is defined, V8 no longer takes `String.prototype` for what it was, and
 * every string of the process, the application's too, is read at a quarter of the speed.
 */
function keptNumber(digits: string): NumberText {
  return Object.defineProperty(new String(digits) as NumberText, "toJSON", { value: toJSON });
}

const JOINED_TOGETHER = 500;

/** Decimal places on either side of the point, below the 307 of a double. */
const USUAL_SIZE = 300;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether a token of JSON comes back as the same number. One that is no number of JSON does: its parser will refuse it. */
export function isExactNumber(token: string): boolean {
  const exponentAt = token.search(/[eE]/);
  const digits = significantDigits(token, exponentAt);
  // No double is written with more, and each of a usual size with fewer is written as it came.
  if (digits > 17) return !NUMBER.test(token);
  if (digits <= 15 && isUsualSize(token, exponentAt))
    return digits > 0 || !token.startsWith("-") || !NUMBER.test(token);
  const value = Number(token);
  if (String(value) === token || !NUMBER.test(token)) return true;
  return Number.isFinite(value) && decimalOf(token) === decimalOf(Object.is(value, -0) ? "0" : String(value));
}

/** From the first digit that is not 0 to the last one. @param exponentAt -1 for a number without exponent */
function significantDigits(token: string, exponentAt: number): number {
  let [seen, first, last] = [0, 0, -1];
  const end = exponentAt === -1 ? token.length : exponentAt;
  for (let at = 0; at < end; at++) {
    const code = token.charCodeAt(at);
    if (code < ZERO || code > NINE) continue;
    if (code !== ZERO) {
      if (last === -1) first = seen;
      last = seen;
    }
    seen += 1;
  }
  return last === -1 ? 0 : last - first + 1;
}

/** Neither so large nor so small that a double would lose digits for that. */
function isUsualSize(token: string, exponentAt: number): boolean {
  if (exponentAt === -1) return token.length < USUAL_SIZE;
  return token.length + Math.abs(Number(token.slice(exponentAt + 1))) < USUAL_SIZE;
}

/** One text for all spellings of a decimal number: sign, digits without zeros around them, exponent of the last one. */
function decimalOf(token: string): string {
  const isNegative = token.startsWith("-");
  const [mantissa, exponent = "0"] = token
    .slice(isNegative ? 1 : 0)
    .toLowerCase()
    .split("e");
  const [whole, fraction = ""] = mantissa!.split(".");
  const digits = `${whole}${fraction}`;
  const end = endOfDigits(digits);
  const scale = Number(exponent) - fraction.length + (digits.length - end);
  const significant = digits.slice(startOfDigits(digits), end);
  return significant === "" ? (isNegative ? "-0" : "0") : `${isNegative ? "-" : ""}${significant}e${scale}`;
}

/** Without a pattern: one that looks for zeros at the end takes the square of the zeros in the middle. */
function endOfDigits(digits: string): number {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return end;
}

function startOfDigits(digits: string): number {
  let start = 0;
  while (digits.charCodeAt(start) === ZERO) start += 1;
  return start;
}

/** `JSON.parse` that keeps the numbers no double holds. @throws SyntaxError as `JSON.parse` */
export function parseJsonNumbers(text: string): unknown {
  const marked = markNumbers(text);
  return marked === undefined ? (JSON.parse(text) as unknown) : unmark(JSON.parse(marked) as unknown);
}

/** `JSON.stringify` that writes kept numbers as they came. */
export function encodeJson(value: unknown, indent?: number): string {
  isEncoding = true;
  hasMarked = false;
  try {
    const text = JSON.stringify(value, undefined, indent);
    return hasMarked ? text.replace(marked, "$1") : text;
  } finally {
    isEncoding = false;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const COMMA = 0x2c;
const SLASH = 0x2f;
const LOWER_E = 0x65;
const LOWER_CASE = 0x20;
/** The text with such numbers as marked strings; undefined when there is none. Walks the text once. */
function markNumbers(text: string): string | undefined {
  // Joined a few at a time: to join a hundred thousand takes five times as long.
  const joined: string[] = [];
  let parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at);
      // Fewer characters always fit a double, but for zero's sign and with an exponent.
      if (end - at > 15 || code === MINUS || hasExponent(text, at, end)) {
        const token = text.slice(at, end);
        if (!isExactNumber(token)) {
          parts.push(text.slice(from, at), '"', markOf(), token, '"');
          from = end;
          if (parts.length >= JOINED_TOGETHER) {
            joined.push(parts.join(""));
            parts = [];
          }
        }
      }
      at = end - 1;
    }
  }
  if (from === 0) return undefined;
  joined.push(parts.join(""), text.slice(from));
  return joined.join("");
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (let code = text.charCodeAt(end); isInNumber(code); code = text.charCodeAt(++end));
  return end;
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((text.charCodeAt(at) | LOWER_CASE) === LOWER_E) return true;
  return false;
}

/** Digits, `+`, `-`, `.`, `e` and `E`. */
function isInNumber(code: number): boolean {
  return (code <= NINE && code >= PLUS && code !== COMMA && code !== SLASH) || (code | LOWER_CASE) === LOWER_E;
}

/** Index of the closing quote, or the text's length. */
function endOfString(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/**
 * Kept numbers of what came as a structured clone, which drops what `encodeJson` knows them by. In place; the same value.
 */
export function restoreNumbers<T>(root: T): T {
  if (isNumberText(root)) return keptNumber(root.toString()) as T;
  const pending: object[] = typeof root === "object" && root !== null ? [root] : [];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (ArrayBuffer.isView(value)) continue;
    const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const key of keys) {
      const part = (value as Record<string, unknown>)[key];
      if (typeof part !== "object" || part === null) continue;
      if (isNumberText(part)) (value as Record<string, unknown>)[key] = keptNumber(part.toString());
      else pending.push(part);
    }
  }
  return root;
}

/** In place; a loop, since nobody has bounded the depth yet. */
function unmark(root: unknown): unknown {
  const sign = markOf();
  const holder = { root };
  const pending: Record<string, unknown>[] = [holder];
  for (let container = pending.pop(); container !== undefined; container = pending.pop()) {
    // Those of a long array are not written out as texts.
    const keys = Array.isArray(container) ? container.keys() : Object.keys(container);
    for (const key of keys) {
      const value = container[key];
      if (typeof value === "string") {
        // An own property named `__proto__` is assigned to as any other.
        if (value.startsWith(sign)) container[key] = keptNumber(value.slice(sign.length));
      } else if (typeof value === "object" && value !== null) pending.push(value as Record<string, unknown>);
    }
  }
  return holder.root;
}
