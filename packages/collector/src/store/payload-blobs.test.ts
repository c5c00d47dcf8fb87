import fc from "fast-check";
import { expect, test } from "vitest";
import { joinPayload, PayloadSplitter } from "./payload-blobs.ts";

function store() {
  const blobs = new Map<string, string>();
  const sink = { put: (name: string, content: string) => void blobs.set(name, content) };
  const splitter = new PayloadSplitter(sink);
  const splitPayload = (value: unknown) => splitter.split(value);
  return { blobs, splitPayload, blobOf: (name: string) => blobs.get(name)! };
}

const payload = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "large" },
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ minLength: 250, maxLength: 400 }),
    fc.constantFrom(null, true, false, 0, -0, 1.5, 1e300, "\u0001", "\u0001".repeat(30)),
    fc.array(tie("value"), { maxLength: 40 }),
    fc.dictionary(fc.string({ unit: "binary", maxLength: 8 }), tie("value"), { maxKeys: 8 }),
  ),
})).value;

test("what is joined is byte for byte what JSON.stringify gives, and its size is known beforehand", () => {
  fc.assert(
    fc.property(payload, (value) => {
      const { splitPayload, blobOf } = store();
      const expected = JSON.stringify(value);
      const { text, bytes } = splitPayload(value);
      expect(joinPayload(text, blobOf)).toBe(expected);
      expect(bytes).toBe(Buffer.byteLength(expected));
    }),
    { numRuns: 400 },
  );
});

test("no stored text is much larger than the threshold, unless it is one string", () => {
  const { splitPayload, blobs } = store();
  const items = Array.from({ length: 5000 }, (_, index) => ({ index, text: "x".repeat(index % 300) }));
  const { text } = splitPayload(items);
  for (const stored of [text, ...blobs.values()]) expect(stored.length).toBeLessThan(16 * 300);
});

test("equal parts of different payloads are one blob", () => {
  const { splitPayload, blobs } = store();
  const prompt = "p".repeat(1000);
  splitPayload({ prompt, n: 1 });
  splitPayload([prompt, 2]);
  expect([...blobs.values()]).toEqual([JSON.stringify(prompt)]);
});

test("a list that grows by one item costs the item and a few references", () => {
  const { splitPayload, blobs } = store();
  const items = Array.from({ length: 1000 }, (_, index) => `${index} ${"x".repeat(300)}`);
  splitPayload(items);
  const before = sizeOf(blobs);
  splitPayload([...items, "y".repeat(300)]);
  expect(sizeOf(blobs) - before).toBeLessThan(302 + 3 * 16 * 24);
});

test("parts that are shared a million times over are walked once", () => {
  const { splitPayload, blobs } = store();
  let value: unknown = "x".repeat(300);
  for (let level = 0; level < 20; level++) value = [value, value];
  expect(splitPayload(value).bytes).toBeGreaterThan(300 * 2 ** 20);
  expect(sizeOf(blobs)).toBeLessThan(20 * 300);
});

function sizeOf(blobs: ReadonlyMap<string, string>): number {
  return [...blobs.values()].reduce((sum, content) => sum + content.length, 0);
}
