import { expect, test } from "vitest";
import { microsOf } from "./timing.ts";

test.each<[string, unknown, number | undefined]>([
  ["milliseconds", 1_700_000_000_000, 1_700_000_000_000_000],
  ["a part of a microsecond less", 1.9999, 1_999],
  ["before the epoch", -1.5, -1_500],
  ["the epoch", 0, 0],
  ["a date", new Date(5), 5_000],
  ["text", "1970-01-01T00:00:00.000007Z", 7],
  ["one of the last that are exact", 9_007_199_254_740, 9_007_199_254_740_000],
  ["one beyond", 9_007_199_254_741, undefined],
  ["one before the first", -9_007_199_254_741, undefined],
  ["no number", Number.NaN, undefined],
  ["for ever", Number.POSITIVE_INFINITY, undefined],
  ["an invalid date", new Date(Number.NaN), undefined],
  ["a date's prototype", Object.create(Date.prototype), undefined],
  ["words", "yesterday", undefined],
  ["nothing", undefined, undefined],
  ["null", null, undefined],
  ["another thing", { getTime: () => 5 }, undefined],
])("an instant given as %s", (_, time, micros) => {
  expect(microsOf(time as number)).toBe(micros);
});
