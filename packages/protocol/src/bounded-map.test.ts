import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedMap } from "./bounded-map.ts";

test("what was used longest ago makes room; to be asked for is no use, to be read is one", () => {
  const map = new BoundedMap<number>(3);
  for (const [i, key] of ["a", "b", "c"].entries()) map.set(key, i);
  expect(map.has("b")).toBe(true);
  expect(map.get("a")).toBe(0);
  map.set("d", 3);
  expect(["a", "b", "c", "d"].map((key) => map.has(key))).toEqual([true, false, true, true]);
});

test("what was written again is young again and weighs what it weighs now", () => {
  const map = new BoundedMap<string>(10);
  map.set("a", "first", 4);
  map.set("b", "other", 4);
  map.set("a", "second", 5);
  map.set("c", "third", 5);
  expect([map.get("a"), map.get("b"), map.get("c")]).toEqual(["second", undefined, "third"]);
  expect(map.weight).toBe(10);
  map.delete("a");
  map.delete("absent");
  expect(map.weight).toBe(5);
});

test("what alone weighs more than the bound is not held, nor what it was before", () => {
  const map = new BoundedMap<string>(10);
  map.set("a", "small", 1);
  map.set("a", "huge", 11);
  expect([map.get("a"), map.weight]).toEqual([undefined, 0]);
});

test("never holds more than it may, and weighs exactly what it holds", () => {
  const use = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3_000 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(use, { maxLength: 200 }), fc.constantFrom(0, 600, 5_000), (uses, maxWeight) => {
      const map = new BoundedMap<number>(maxWeight);
      const last = new Map<string, number>();
      for (const [key, weight, isRead] of uses) {
        if (isRead) map.get(`${key}`);
        else {
          map.set(`${key}`, weight, weight);
          last.set(`${key}`, weight);
        }
        const held = [...last].filter(([each]) => map.has(each));
        expect(map.weight).toBe(held.reduce((sum, [, each]) => sum + each, 0));
        expect(map.weight).toBeLessThanOrEqual(maxWeight);
        for (const [each, value] of held) expect(map.get(each)).toBe(value);
      }
    }),
    { numRuns: 200 },
  );
});
