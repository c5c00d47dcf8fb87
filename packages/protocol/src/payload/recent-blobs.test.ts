import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentBlobs } from "./recent-blobs.ts";

test("what was used longest ago makes room, and to be looked at is to be used", () => {
  const blobs = new RecentBlobs<number>(3 * 1_000);
  for (const [i, name] of ["a", "b", "c"].entries()) blobs.set(name, i, 400);
  expect(blobs.get("a")).toBe(0);
  blobs.set("d", 3, 400);
  expect(["a", "b", "c", "d"].map((name) => blobs.has(name))).toEqual([true, false, true, true]);
});

test("never holds more than it may, and accounts for exactly what it holds", () => {
  const use = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3_000 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(use, { maxLength: 200 }), fc.constantFrom(0, 600, 5_000), (uses, maxBytes) => {
      const blobs = new RecentBlobs<number>(maxBytes);
      const last = new Map<string, number>();
      for (const [name, bytes, isRead] of uses) {
        if (isRead) blobs.get(`${name}`);
        else {
          blobs.set(`${name}`, bytes, bytes);
          last.set(`${name}`, bytes);
        }
        const held = [...last].filter(([key]) => blobs.has(key));
        expect(blobs.bytes).toBe(held.reduce((sum, [, each]) => sum + each + 512, 0));
        expect(blobs.bytes).toBeLessThanOrEqual(maxBytes);
        for (const [key, value] of held) expect(blobs.get(key)).toBe(value);
      }
    }),
    { numRuns: 200 },
  );
});
