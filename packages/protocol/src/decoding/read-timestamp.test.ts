import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTimestamp, parseTimestamp } from "../timestamp.ts";
import { readTimestamp, spelledTimestamp } from "./read-timestamp.ts";

const texts = [
  "2026-01-31T12:00:00.000000Z",
  "2026-01-31T12:00:59.999999Z",
  "2026-01-31T12:00:60.000000Z",
  "2026-01-31T12:00:61.000000Z",
  "2026-02-31T12:00:00.000000Z",
  "2026-02-31T12:00:59.000000Z",
  "2026-01-31T24:00:00.000000Z",
  "2026-13-31T12:00:00.000000Z",
  "2026-01-31t12:00:00.000000Z",
  "2026-01-31 12:00:00.000000Z",
  "2026-01-31T12:00:00,000000Z",
  "2026-01-31T12:00:0x.000000Z",
  "2026-01-31T12:00:00.00000xZ",
  "2026-01-31T12:00:00.000000z",
  "9999-01-31T12:00:00.000000Z",
  "0001-01-31T12:00:00.000000Z",
  "2026-01-31T12:00:00.0000001",
  "2026-01-31T12:00:00.000000x",
  "2026-01-31T12:00:00x000000Z",
  "2026-01-31T12:00:0/.000000Z",
  "2026-01-31T12:00:0:.000000Z",
  "2026-01-31T12:00:00.00000/Z",
  "2026-01-31T12:00:90.000000Z",
  "2026-01-31T12:00:09.999999Z",
  "2026-01-31T12:01:09.999999Z",
  "2026-01-31T1x:01:09.999999Z",
  "",
];

test("reads whatever parseTimestamp reads, and alike, whatever it read before", () => {
  for (const text of [...texts, ...texts.reverse()]) expect(readTimestamp(text)).toBe(parseTimestamp(text));
  fc.assert(
    fc.property(fc.integer({ min: -9e15, max: 9e15 }), (micros) => {
      expect(readTimestamp(formatTimestamp(micros))).toBe(micros);
    }),
  );
});

test("spells an instant as formatTimestamp does, however it came", () => {
  for (const text of [...texts, ...texts.reverse()]) {
    const micros = parseTimestamp(text);
    expect(spelledTimestamp(text)).toBe(micros === undefined ? undefined : formatTimestamp(micros));
  }
});
