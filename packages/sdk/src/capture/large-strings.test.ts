import { describe, expect, test } from "vitest";
import { LargeStrings } from "./large-strings.ts";

/** Not the same string in memory. */
const copyOf = (text: string) => Buffer.from(text).toString();

describe("large strings", () => {
  test("weigh once, however many hold them, and are given back by the last", () => {
    const strings = new LargeStrings();
    const text = "s".repeat(2_000);
    expect([text, copyOf(text), text].map((each) => strings.acquire(each))).toEqual([2_002, 0, 0]);
    expect([text, text, copyOf(text)].map((each) => strings.release(each))).toEqual([0, 0, 2_002]);
    expect(strings.acquire(text)).toBe(2_002);
  });

  test("say which copy to hold: the first, while somebody holds it", () => {
    const strings = new LargeStrings();
    const [first, second] = ["a".repeat(2_000), "b".repeat(2_000)];
    strings.acquire(first);
    expect(strings.copy).toBe(first);
    strings.acquire(second);
    expect(strings.copy).toBe(second);
    strings.acquire(copyOf(first));
    expect(strings.copy).toBe(first);
  });

  test.each([
    ["the length", "s".repeat(2_001)],
    ["the first character", `x${"s".repeat(1_999)}`],
    ["the last", `${"s".repeat(1_999)}x`],
    ["one in the middle", `${"s".repeat(1_000)}x${"s".repeat(999)}`],
    ["one that no fingerprint looks at", `${"s".repeat(1_111)}x${"s".repeat(888)}`],
  ])("that differ in %s weigh each for itself, and give back what they took", (_, other) => {
    const strings = new LargeStrings();
    const text = "s".repeat(2_000);
    expect([strings.acquire(text), strings.acquire(other)]).toEqual([text.length + 2, other.length + 2]);
    expect([strings.acquire(text), strings.acquire(other)]).toEqual([0, 0]);
    expect([strings.release(other), strings.release(other)]).toEqual([0, other.length + 2]);
    expect(strings.acquire(copyOf(text))).toBe(0);
  });

  test("that look alike: 16 are told apart, and more weigh for each holder", () => {
    const strings = new LargeStrings();
    // The characters of the edges and of each stride are the same.
    const alike = Array.from({ length: 18 }, (_, i) => {
      const characters = Array.from({ length: 2_000 }, () => "s");
      characters[1_111 + i] = "x";
      return characters.join("");
    }).filter((text) => text.length === 2_000);
    const first = alike.map((text) => strings.acquire(text));
    expect(first.every((bytes) => bytes === 2_002)).toBe(true);
    const shared = alike.filter((text) => strings.acquire(copyOf(text)) === 0);
    expect(shared.length).toBeGreaterThanOrEqual(16);
    const back = alike.map((text) => strings.release(text)).concat(alike.map((text) => strings.release(text)));
    const taken = 18 * 2_002 + (18 - shared.length) * 2_002;
    expect(back.reduce((sum, bytes) => sum + bytes)).toBe(taken);
  });

  test("that were never acquired give back what they weigh: they were counted for their holder alone", () => {
    expect(new LargeStrings().release("s".repeat(2_000))).toBe(2_002);
  });
});
