/**
 * Instants as numbers. Every span has two of them and a trace may have 100,000 spans, so the one canonical spelling
 * (`2026-01-31T12:00:00.123456Z`) is read digit by digit; every other spelling goes the slow way.
 */
import { parseTimestamp } from "@everspan/protocol";

const CANONICAL_LENGTH = 27;
const dayStarts = new Map<string, number>();

/** @returns milliseconds since the epoch, with microseconds as the fraction; NaN when the text is not an instant */
export function instantMs(text: string): number {
  if (text.length === CANONICAL_LENGTH && text[10] === "T" && text[26] === "Z") {
    const timeOfDay =
      digits(text, 11, 2) * 3_600_000 +
      digits(text, 14, 2) * 60_000 +
      digits(text, 17, 2) * 1000 +
      digits(text, 20, 6) / 1000;
    return dayStart(text.slice(0, 10)) + timeOfDay;
  }
  const micros = parseTimestamp(text);
  return micros === undefined ? Number.NaN : micros / 1000;
}

function dayStart(day: string): number {
  let start = dayStarts.get(day);
  if (start === undefined) {
    start = Date.parse(`${day}T00:00:00Z`);
    if (dayStarts.size > 1000) dayStarts.clear();
    dayStarts.set(day, start);
  }
  return start;
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
