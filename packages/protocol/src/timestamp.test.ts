import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

const micros = fc.maxSafeInteger();

test("every instant that a double holds to the microsecond comes back from its text", () => {
  fc.assert(
    fc.property(micros, (instant) => {
      expect(parseTimestamp(formatTimestamp(instant))).toBe(instant);
    }),
  );
});

test("text order is time order", () => {
  fc.assert(
    fc.property(micros, micros, (a, b) => {
      expect(formatTimestamp(a) < formatTimestamp(b)).toBe(a < b);
    }),
  );
});

test.each([
  ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"],
  ["2026-01-31 12:00:00.5", "2026-01-31T12:00:00.500000Z"],
  ["2026-01-31t12:00:00,123456789z", "2026-01-31T12:00:00.123456Z"],
  ["2026-01-31T14:30:00+02:30", "2026-01-31T12:00:00.000000Z"],
  ["2026-01-31T07:00:00-0500", "2026-01-31T12:00:00.000000Z"],
  ["2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250000Z"],
  ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
])("%s is the instant %s", (text, expected) => {
  expect(formatTimestamp(parseTimestamp(text)!)).toBe(expected);
});

test.each([
  "",
  "yesterday",
  "2026-01-31",
  "12:00",
  "2026-13-01T00:00:00Z",
  "2026-01-31T25:00:00Z",
  "9999-12-31T23:59:59Z",
  "1769860800",
])("%j is no instant", (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});
