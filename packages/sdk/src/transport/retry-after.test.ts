import { describe, expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const ROWS: [header: string | undefined, waitMs: number | undefined][] = [
  ["7", 7_000],
  ["0", 0],
  [" 5 ", 5_000],
  ["1.5", 1_500],
  ["60", 60_000],
  ["61", 60_000],
  ["2099", 60_000],
  ["99999999999", 60_000],
  ["9".repeat(400), 60_000],
  ["1e9", undefined],
  ["-5", undefined],
  ["Infinity", undefined],
  ["NaN", undefined],
  ["", undefined],
  ["soon", undefined],
  ["Monday", undefined],
  ["7, 9", undefined],
  [undefined, undefined],
  ["Sat, 31 Jan 2026 12:00:30 GMT", 30_000],
  ["Saturday, 31-Jan-26 12:00:30 GMT", 30_000],
  ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
  ["Sun, 31 Jan 2027 12:00:00 GMT", 60_000],
  ["Sat, 99 Jan 2026 12:00:00 GMT", undefined],
];

describe("W13 Retry-After", () => {
  test.each(ROWS)("W13 %j is a wait of %j ms", (header, waitMs) => {
    expect(retryAfterMs(header, NOW)).toBe(waitMs);
  });

  test("W24 a date is read against the server's own clock: a day of skew is no day of waiting", () => {
    const skewed = "Sun, 01 Feb 2026 12:00:30 GMT";
    expect(retryAfterMs(skewed, NOW, "Sun, 01 Feb 2026 12:00:00 GMT")).toBe(30_000);
    expect(retryAfterMs("Fri, 30 Jan 2026 12:00:10 GMT", NOW, "Fri, 30 Jan 2026 12:00:00 GMT")).toBe(10_000);
  });
});
