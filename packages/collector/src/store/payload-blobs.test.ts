import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnBytes, joinColumn, PayloadSplitter, withoutReferences } from "./payload-blobs.ts";

class Blobs {
  readonly contents: string[] = [];
  readonly #numbers = new Map<string, number>();

  put(name: Buffer, content: string): number {
    const key = name.toString("hex");
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.contents.push(content) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  get bytes(): number {
    return this.contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  }

  blobOf = (number: number) => {
    const content = this.contents[number];
    if (content === undefined) throw new Error(`blob ${number} is missing`);
    return content;
  };
}

const split = (blobs: Blobs, value: unknown) => new PayloadSplitter(blobs).toColumn(value);

test("what is joined is byte for byte what JSON.stringify gives, and its size is known beforehand", () => {
  const longText = fc.string({ minLength: 200, maxLength: 2000, unit: "binary" });
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue(),
      longText,
      fc.array(tie("any"), { maxLength: 40 }),
      fc.dictionary(fc.string({ maxLength: 9 }), tie("any"), { maxKeys: 8 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (payload) => {
      const json = JSON.stringify(payload);
      const blobs = new Blobs();
      const { column, bytes } = split(blobs, payload);
      expect(joinColumn(column, blobs.blobOf)).toBe(json);
      expect(bytes).toBe(Buffer.byteLength(json));
      expect(columnBytes(column)).toBe(bytes);
    }),
    { numRuns: 150 },
  );
});

test("texts that look like references stay what they are", () => {
  for (const text of ["\u0001", "\u00010", "\u0002", "\\u00010", "\u0001".repeat(400), "1".repeat(400)]) {
    const blobs = new Blobs();
    expect(joinColumn(split(blobs, { text }).column, blobs.blobOf)).toBe(JSON.stringify({ text }));
  }
});

test("a conversation that grows by one costs one more, however long it is", () => {
  const blobs = new Blobs();
  const messages: string[] = [];
  const costs: number[] = [];
  for (let step = 0; step < 200; step++) {
    messages.push(`${step} `.repeat(200));
    const before = blobs.bytes;
    const { column } = split(blobs, { messages });
    costs.push(blobs.bytes - before + column.length);
  }
  const last = costs.slice(-50).reduce((sum, cost) => sum + cost, 0) / 50;
  expect(last).toBeLessThan(1.6 * messages.at(-1)!.length);
});

describe("what a search looks at", () => {
  test("is the text without the numbers of its blobs", () => {
    const blobs = new Blobs();
    const { column } = split(blobs, { small: "seen", large: "x".repeat(300) });
    expect(withoutReferences(column)).toContain("seen");
    expect(withoutReferences(column)).not.toContain("\u0001");
  });
});

test.each([
  ["in the column itself", { cut: "abc [Truncated: 900 characters]" }],
  ["in a blob", { messages: [{ text: "x".repeat(300) }, { text: `${"y".repeat(300)} [Truncated: 900 characters]` }] }],
  ["in a blob of a blob", { a: { b: ["z".repeat(400), `${"y".repeat(300)} [Truncated]`], c: "w".repeat(300) } }],
  [
    "in a run of a long list",
    { list: Array.from({ length: 40 }, (_, i) => `${i} ${"v".repeat(40)}${i === 9 ? " [Truncated]" : ""}`) },
  ],
])("a payload that the SDK has cut is known as cut: %s", (_where, payload) => {
  const splitter = new PayloadSplitter(new Blobs());
  expect(splitter.toColumn(payload).isCut).toBe(true);
  // The same part again, which is not walked a second time.
  expect(splitter.toColumn({ again: payload }).isCut).toBe(true);
  expect(splitter.toColumn(JSON.parse(JSON.stringify(payload).replaceAll("Truncated", "Whole"))).isCut).toBe(false);
});
