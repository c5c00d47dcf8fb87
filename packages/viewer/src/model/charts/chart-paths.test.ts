import { expect, test } from "vitest";
import { chartPaths } from "./chart-paths.ts";

test("bars stand on the ground, nothing where there is nothing", () => {
  const { shapes, most } = chartPaths([{ values: [0, 11, 5.5], isBars: true }], 30, 110);
  expect(most).toBe(11);
  expect(shapes).toEqual(["M10 10h8v100h-8zM20 60h8v50h-8z"]);
});

test("a line breaks where nothing is known", () => {
  expect(chartPaths([{ values: [11, 11, null, 11] }], 40, 110).shapes).toEqual(["M5 10h0.1L15 10M35 10h0.1"]);
});

test.each([
  [0.0031, 0.004],
  [7, 8],
  [103_221, 120_000],
  [1000, 1000],
])("the scale of %s ends with %s", (value, most) => {
  expect(chartPaths([{ values: [value] }], 10, 10, true).most).toBeCloseTo(most, 9);
});
