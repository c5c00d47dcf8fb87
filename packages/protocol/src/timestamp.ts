/**
 * Instants as text: RFC 3339 in UTC with six fractional digits (`2026-01-31T12:00:00.123456Z`). One spelling only,
 * so that text order is time order and the same instant is the same text in every dialect.
 */

const MICROS_PER_SECOND = 1_000_000;
/** Formatting the date costs more than the rest of a span's start; spans of one second share it. */
let cachedSecond = Number.NaN;
let cachedPrefix = "";

/** @param epochMicros whole microseconds since 1970-01-01T00:00:00Z, a safe integer (years 1684 to 2255) */
export function formatTimestamp(epochMicros: number): string {
  const second = Math.floor(epochMicros / MICROS_PER_SECOND);
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  const micros = epochMicros - second * MICROS_PER_SECOND;
  return `${cachedPrefix}${String(micros).padStart(6, "0")}Z`;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:[.,](\d{1,9})\d*)?(Z|z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads an RFC 3339 or ISO 8601 instant; without a zone it is UTC. Digits past the microsecond are cut, and a leap
 * second is the first second of the next minute.
 * @returns whole microseconds since the epoch, or undefined when the text is not an instant between 1684 and 2255
 *   (outside, a double no longer holds each microsecond)
 */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, date, time, second, fraction = "", zone = "Z"] = match;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const isLeapSecond = second === "60";
  const millis = Date.parse(`${date}T${time}:${isLeapSecond ? "59" : second}${offset}`);
  const micros = (millis + (isLeapSecond ? 1000 : 0)) * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
  return Number.isSafeInteger(micros) ? micros : undefined;
}
