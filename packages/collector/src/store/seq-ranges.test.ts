import fc from "fast-check";
import { expect, test } from "vitest";
import { missingUpTo, NO_RANGES, withRange } from "./seq-ranges.ts";

const received = (...ranges: [number, number][]) =>
  ranges.reduce((account, [first, last]) => withRange(account, first, last), NO_RANGES);

test("what arrives in order is one range without a gap", () => {
  const account = received([1, 200], [201, 400], [401, 401]);
  expect(account.ranges).toEqual([[1, 401]]);
  expect(missingUpTo(account, 401)).toBe(0);
});

test("a gap is missing until it arrives, and the end is known from what the producer says", () => {
  const account = received([1, 10], [21, 30]);
  expect(missingUpTo(account, 30)).toBe(10);
  expect(missingUpTo(account, 35)).toBe(15);
  expect(missingUpTo(withRange(account, 11, 20), 30)).toBe(0);
});

test("any order with repetitions gives what the numbers themselves give", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 80 }), fc.nat(10)).map(([a, n]): [number, number] => [a, a + n]);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
      const numbers = new Set(ranges.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i)));
      expect(missingUpTo(received(...ranges), 90)).toBe(90 - [...numbers].filter((number) => number <= 90).length);
    }),
  );
});

test("a thousand gaps take bounded room, and none of what is missing is forgotten", () => {
  const account = received(...Array.from({ length: 1000 }, (_, i): [number, number] => [3 * i + 1, 3 * i + 1]));
  expect(account.ranges.length).toBeLessThanOrEqual(64);
  expect(missingUpTo(account, 2998)).toBe(2 * 999);
});

test("numbers below 1 and ranges that end before they begin are nothing", () => {
  expect(received([0, 0], [5, 4])).toEqual(NO_RANGES);
  expect(received([0, 2]).ranges).toEqual([[1, 2]]);
});
