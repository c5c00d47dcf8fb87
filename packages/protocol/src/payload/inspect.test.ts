import { describe, expect, test } from "vitest";
import { canonicalEncode } from "./canonical-encode.ts";
import { inspectPayload, replaceNul } from "./inspect.ts";
import { parseJsonNumbers } from "./json-numbers.ts";
import { isJsonObject, setOwn } from "./json-object.ts";

const kept = parseJsonNumbers("1e400");

test.each<[what: string, payload: unknown, hasNul: boolean]>([
  ["a text", "a", false],
  ["a text with a NUL", "a\0", true],
  ["a NUL in a name", { "a\0": 1 }, true],
  ["a NUL deep within", [{ a: [1, "\0"] }, "b"], true],
  ["a NUL before others", ["\0", "b"], true],
  ["a number that no double holds", { a: kept }, false],
  ["nothing", undefined, false],
  ["null", [null], false],
])("a payload with %s", (_what, payload, hasNul) => {
  expect(inspectPayload(payload)).toEqual({ tooDeep: false, hasNul });
});

test("what a payload inherits is not its own", () => {
  expect(inspectPayload(Object.create({ "\0": "\0" }))).toEqual({ tooDeep: false, hasNul: false });
});

test("each NUL is U+FFFD, and all else is what it was", () => {
  expect(replaceNul({ "a\0\0": ["\0b", 1, null, kept, { c: true }] })).toEqual({
    "a\ufffd\ufffd": ["\ufffdb", 1, null, kept, { c: true }],
  });
});

describe("one text for all spellings of a value", () => {
  test.each<[value: unknown, text: string]>([
    [{ b: 1, a: [2, { d: 3, c: null }] }, '{"a":[2,{"c":null,"d":3}],"b":1}'],
    [{ b: undefined, a: undefined }, "{}"],
    [[undefined, null], "[null,null]"],
    ['a"b', '"a\\"b"'],
    [-0, "0"],
    [undefined, "null"],
    [null, "null"],
    [kept, "1e400"],
    [{ é: 1, z: 2 }, '{"z":2,"é":1}'],
  ])("of %j is %s", (value, text) => {
    expect(canonicalEncode(value)).toBe(text);
  });
});

test("an object of JSON is no list, no null and no kept number", () => {
  expect([{}, Object.create(null)].every(isJsonObject)).toBe(true);
  expect([[], null, undefined, "a", 1, kept].some(isJsonObject)).toBe(false);
});

test("a property named __proto__ is a property like any other", () => {
  const target: Record<string, unknown> = {};
  setOwn(target, "__proto__", { polluted: true });
  setOwn(target, "a", 1);
  expect(JSON.stringify(target)).toBe('{"__proto__":{"polluted":true},"a":1}');
  expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
  setOwn(target, "__proto__", 2);
  expect(Object.entries(target)).toEqual([
    ["__proto__", 2],
    ["a", 1],
  ]);
});
