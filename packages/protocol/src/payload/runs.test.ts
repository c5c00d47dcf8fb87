import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cutIntoRuns, RUN_LENGTH, type Runs } from "./runs.ts";

/** Runs in brackets, whatever their size. */
const inBrackets: Runs<string> = { lengthOf: (part) => part.length, toRun: (parts) => `[${parts.join("")}]` };
const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 700 });

test("no item is lost, and none changes its place", () => {
  fc.assert(
    fc.property(letters, fc.integer({ min: 0, max: 300 }), (items, threshold) => {
      const cut = cutIntoRuns(items, inBrackets, threshold).join("");
      expect(cut.replaceAll(/[[\]]/g, "")).toBe(items.join(""));
    }),
  );
});

test("a run holds 8 items or 8 runs, and an array that is cut has fewer parts than 8 runs and what fills none of each size", () => {
  fc.assert(
    fc.property(letters, (items) => {
      const parts = cutIntoRuns(items, inBrackets, 0);
      const sizes = parts.map((part) => part.replaceAll(/[[\]]/g, "").length);
      for (const size of sizes) expect([1, 8, 64, 512]).toContain(size);
      for (const size of new Set(sizes)) expect(sizes.filter((s) => s === size).length).toBeLessThanOrEqual(RUN_LENGTH);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    }),
  );
});

test("what an array had in runs it has in the same runs when it is longer", () => {
  fc.assert(
    fc.property(letters, fc.constantFrom("a", "b"), (items, next) => {
      const isRun = (part: string) => part.startsWith("[");
      const before = cutIntoRuns(items, inBrackets, 0).filter(isRun).join("");
      const after = cutIntoRuns([...items, next], inBrackets, 0)
        .filter(isRun)
        .join("");
      // A full run of runs closes around them.
      expect(after.replaceAll(/[[\]]/g, "").startsWith(before.replaceAll(/[[\]]/g, ""))).toBe(true);
    }),
  );
});

test("a short array and a long one of small items stay as they are", () => {
  const eight = "abcdefgh".split("");
  expect(cutIntoRuns(eight, inBrackets, 0)).toEqual(eight);
  const digits = Array.from({ length: 20 }, () => "1");
  expect(cutIntoRuns(digits, inBrackets)).toEqual(digits);
});
