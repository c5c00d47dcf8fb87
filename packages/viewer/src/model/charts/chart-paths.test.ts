import { expect, test } from "vitest";
import { chartPaths } from "./chart-paths.ts";

test("bars stand on the ground, nothing where there is nothing", () => {
  const { shapes, most } = chartPaths([{ values: [0, 11, 5.5], isBars: true }], 30, 110);
  expect(most).toBe(11);
  expect(shapes).toEqual(["M10 10h8v100h-8zM20 60h8v50h-8z"]);
});

test("a line breaks where nothing is known, and a point that stands alone is large enough to be seen", () => {
  expect(chartPaths([{ values: [11, 11, null, 11] }], 40, 110).shapes).toEqual(["M5 10L15 10M33 10h4M35 8v4"]);
});

test.each([
  [0.0031, 0.004],
  [7, 8],
  [103_221, 120_000],
  [1000, 1000],
])("the scale of %s ends with %s", (value, most) => {
  expect(chartPaths([{ values: [value] }], 10, 10, true).most).toBeCloseTo(most, 9);
});

test("a bar that towers above all others goes on beyond the scale, with a gap, and the others are seen", () => {
  const bars = (values: readonly number[]) => chartPaths([{ values, isBars: true }], 20, 110, true);
  const { shapes, most, beyond } = bars([100_000, 90]);
  expect([most, beyond]).toEqual([100, 100_000]);
  expect(shapes).toEqual(["M0 0h8v11h-8zM0 14h8v96h-8zM10 20h8v90h-8z"]);
  expect(bars([500, 90]).beyond).toBeNull();
  expect(bars([100_000, 0]).beyond).toBeNull();
  expect(bars([100_000, 100_000, 90]).beyond).toBeNull();
  const many = Array.from({ length: 20 }, () => 90);
  expect(bars([100_000, 100_000, ...many]).most).toBe(100);
});

test("a line, and bars without a scale, are never cut", () => {
  expect(chartPaths([{ values: [100_000, 90] }], 20, 110, true).beyond).toBeNull();
  expect(chartPaths([{ values: [100_000, 90], isBars: true }], 20, 110).beyond).toBeNull();
});
