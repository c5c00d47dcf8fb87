import { describe, expect, test } from "vitest";
import { type CutJson, cutLongTexts } from "./cut-texts.ts";

function cutTexts(json: string, maxCharacters: number): CutJson {
  const steps = cutLongTexts(json, maxCharacters);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function cutValue(value: unknown, maxCharacters: number) {
  const { json, cut } = cutTexts(JSON.stringify(value), maxCharacters);
  return { value: JSON.parse(json) as unknown, cut };
}

describe("long texts of a JSON text", () => {
  test("are cut to their beginnings, and named with their place and length", () => {
    const { value, cut } = cutValue({ a: { "b/~c": ["short", "0123456789"] }, d: "0123456789ab", e: 1 }, 8);
    expect(value).toEqual({ a: { "b/~c": ["short", "01234567"] }, d: "01234567", e: 1 });
    expect(cut).toEqual([
      { pointer: "/a/b~1~0c/1", characters: 10 },
      { pointer: "/d", characters: 12 },
    ]);
  });

  test("leave all else as it was written", () => {
    const json = '{ "n" : 12345678901234567890.10, "a" : [ -0, 1e400 ], "name that is long" : null, "t":"0123456789" }';
    const { json: shorter } = cutTexts(json, 4);
    expect(shorter).toBe(json.replace('0123456789" }', '0123" }'));
    expect(cutTexts(json, 10)).toEqual({ json, cut: [] });
  });

  test("a text that is the whole JSON has the empty pointer", () => {
    expect(cutValue("0123456789", 4)).toEqual({ value: "0123", cut: [{ pointer: "", characters: 10 }] });
  });

  test("are never cut within an escape or a character", () => {
    const texts = ['"'.repeat(40), "\\".repeat(40), "\u0001".repeat(20), "😀".repeat(20), 'a\\"\u0007😀\n'.repeat(9)];
    for (const text of texts) {
      for (let max = 1; max < 60; max++) {
        const { value, cut } = cutValue([text], max);
        const [beginning] = value as [string];
        expect(text.startsWith(beginning)).toBe(true);
        expect(beginning).not.toMatch(/[\ud800-\udbff]$/);
        if (cut.length > 0) expect(cut).toEqual([{ pointer: "/0", characters: text.length }]);
        else expect(beginning).toBe(text);
      }
    }
    const escaped = `["${"\\ud83d\\ude00".repeat(10)}"]`;
    for (let max = 1; max < 100; max++) {
      const [beginning] = JSON.parse(cutTexts(escaped, max).json) as [string];
      expect(beginning).toBe("😀".repeat(Math.floor(max / 12)));
    }
  });

  test("the work on many and on long ones may be left", () => {
    const steps = (value: unknown) => [...cutLongTexts(JSON.stringify(value), 8)].length;
    expect(steps(Array.from({ length: 50_000 }, () => "x"))).toBeGreaterThan(20);
    expect(steps("\n".repeat(50_000))).toBeGreaterThan(10);
    expect(steps('"'.repeat(50_000))).toBeGreaterThan(10);
    // Also where nothing is cut.
    expect([...cutLongTexts(JSON.stringify("\\".repeat(50_000)), 1e6)].length).toBeGreaterThan(10);
  });

  test("stay whole where their places would take more room than is saved", () => {
    const texts = Array.from({ length: 500 }, () => "0123456789");
    const { json, cut } = cutTexts(JSON.stringify({ ["n".repeat(100_000)]: texts }), 4);
    expect(cut.length).toBe(10);
    expect(JSON.stringify(cut).length).toBeLessThan(1_100_000);
    expect(Object.values(JSON.parse(json))[0]).toEqual(texts.map((text, index) => (index < 10 ? "0123" : text)));
  });
});

describe("a long text is cut before what must not be cut:", () => {
  test.each<[what: string, json: string, max: number, expected: string]>([
    ["nothing in particular", '"0123456789"', 4, '"0123"'],
    ["an escape at the end", '"012\\n56789"', 4, '"012"'],
    ["an escape that just fits", '"01\\n456789"', 4, '"01\\n"'],
    ["an escaped backslash that just fits", '"01\\\\456789"', 4, '"01\\\\"'],
    ["an escaped backslash that does not", '"012\\\\56789"', 4, '"012"'],
    ["a long escape", '"01\\u0041456789"', 6, '"01"'],
    ["a long escape that just fits", '"01\\u0041456789"', 8, '"01\\u0041"'],
    ["half of an escaped pair", '"01\\ud83d\\ude00456789"', 8, '"01"'],
    ["half of an escaped pair in capitals", '"01\\uD83D\\uDE00456789"', 8, '"01"'],
    ["a whole escaped pair", '"01\\ud83d\\ude00456789"', 14, '"01\\ud83d\\ude00"'],
    ["what only looks like half a pair", '"\\\\ud83d0123456789"', 7, '"\\\\ud83d"'],
    ["half of a pair", '"012😀456789"', 4, '"012"'],
    ["a whole pair", '"012😀456789"', 5, '"012😀"'],
  ])("%s", (_what, json, max, expected) => {
    expect(cutTexts(json, max).json).toBe(expected);
    expect(cutTexts(`{"name":${json},"n":[${json}]}`, max).json).toBe(`{"name":${expected},"n":[${expected}]}`);
  });

  test("with its length as it was, each escape as the one character that it stands for", () => {
    const texts = ["0123456789", "a\nb\nc\nd\n", "\u0001".repeat(10), "😀".repeat(10), '"\\'.repeat(10)];
    for (const text of texts) {
      expect(cutTexts(JSON.stringify({ text }), 4).cut).toEqual([{ pointer: "/text", characters: text.length }]);
    }
  });

  test("a text that does not end is an error", () => {
    expect(() => cutTexts('{"a":"never', 4)).toThrow(SyntaxError);
    expect(() => cutTexts('"never\\"', 4)).toThrow(SyntaxError);
  });
});
