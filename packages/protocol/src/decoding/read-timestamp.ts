import { formatTimestamp, parseTimestamp } from "../timestamp.ts";

/** Reading a date costs more than the rest of a span; spans of one minute share it. */
let knownMinute = "";
let knownMinuteMicros = 0;
/** It is spelled as `formatTimestamp` does: not as the 31st of February, or as the hour 24. */
let isKnownMinuteUsual = false;
const SECOND_AT = "2026-01-31T12:00:".length;
const FRACTION_AT = SECOND_AT + "00.".length;
const USUAL_LENGTH = FRACTION_AT + "123456Z".length;

/** `parseTimestamp`, faster for the one spelling that `formatTimestamp` gives. For who reads many. */
export function readTimestamp(text: string): number | undefined {
  return readUsual(text) ?? parseTimestamp(text);
}

/** The one spelling of an instant: the text itself when it is that. Undefined for what is no instant. */
export function spelledTimestamp(text: string): string | undefined {
  const micros = readUsual(text);
  if (micros !== undefined && isKnownMinuteUsual) return text;
  const read = micros ?? parseTimestamp(text);
  return read === undefined ? undefined : formatTimestamp(read);
}

function readUsual(text: string): number | undefined {
  if (text.length !== USUAL_LENGTH || text.charAt(FRACTION_AT - 1) !== "." || !text.endsWith("Z")) return undefined;
  const second = digitsAt(text, SECOND_AT, 2);
  const micros = digitsAt(text, FRACTION_AT, 6);
  if (!(second < 60 && micros >= 0)) return undefined;
  if (knownMinute === "" || !text.startsWith(knownMinute)) {
    const minuteMicros = parseTimestamp(`${text.slice(0, SECOND_AT)}00Z`);
    if (minuteMicros === undefined) return undefined;
    knownMinute = text.slice(0, SECOND_AT);
    knownMinuteMicros = minuteMicros;
    isKnownMinuteUsual = formatTimestamp(minuteMicros).startsWith(knownMinute);
  }
  const total = knownMinuteMicros + second * 1_000_000 + micros;
  return Number.isSafeInteger(total) ? total : undefined;
}

/** NaN when a character is no digit. */
function digitsAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
