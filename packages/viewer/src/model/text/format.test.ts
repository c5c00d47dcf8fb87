import { expect, test } from "vitest";
import { formatAgo, formatBytes, formatCost, formatCount, formatDuration, plural } from "./format.ts";

test("durations keep three digits and change unit without a jump", () => {
  const cases = [0, 0.0004, 0.43, 0.9999, 12.44, 999.4, 999.6, 1240, 59_949, 59_960, 123_000, 3_600_000, 200_000_000];
  expect(cases.map(formatDuration)).toEqual([
    "0 ms",
    "0.4 µs",
    "430 µs",
    "1 ms",
    "12.4 ms",
    "999 ms",
    "1 s",
    "1.24 s",
    "59.9 s",
    "1m",
    "2m 03s",
    "1h 00m",
    "2d 7h",
  ]);
  expect(formatDuration(Number.NaN)).toBe("–");
  expect(formatDuration(-1)).toBe("–");
});

test("counts, costs and sizes are short", () => {
  expect([7, 999, 1240, 36_840, 999_499, 1_570_000, 2e9].map(formatCount)).toEqual([
    "7",
    "999",
    "1.24k",
    "36.8k",
    "999k",
    "1.57M",
    "2B",
  ]);
  expect([0, 0.00004, 0.0042, 0.13, 12.4, 1234.5].map(formatCost)).toEqual([
    "$0",
    "<$0.0001",
    "$0.0042",
    "$0.130",
    "$12.40",
    "$1,235",
  ]);
  expect([12, 2048, 5_300_000].map(formatBytes)).toEqual(["12 B", "2 KB", "5.05 MB"]);
});

test("times are relative, and a clock that is ahead is not shown as the past", () => {
  expect([2000, 30_000, 240_000, 7_200_000, 200_000_000].map((age) => formatAgo(1e12 - age, 1e12))).toEqual([
    "just now",
    "30 s ago",
    "4 min ago",
    "2 h ago",
    "2 d ago",
  ]);
  expect(formatAgo(1e12 + 60_000, 1e12)).toBe("in 1 min");
});

test("a noun agrees with its count", () => {
  expect([plural(1, "span"), plural(1200, "span")]).toEqual(["1 span", "1,200 spans"]);
});
