/** The texts that stand for what JSON has no value for, at the edges of what is kept of them. */
import { describe, expect, test } from "vitest";
import { cutText, isEncodedBinary, mark, markBytes, markCircular, markNonJson, markThrown } from "./marks.ts";

const MiB = 1024 * 1024;

test("a detail is whole up to 256 characters, and then its head", () => {
  const whole = "d".repeat(256);
  expect(mark("Kind", whole)).toBe(`[Kind: ${whole}]`);
  expect(mark("Kind", `${whole}d`)).toBe(`[Kind: ${whole}…]`);
  expect(mark("Kind", `${whole.slice(1)}\u{1f600}`)).toBe(`[Kind: ${whole.slice(1)}…]`);
});

test("of a text that is too long the head and the size are kept, of a vast one its size alone", () => {
  expect(cutText("x".repeat(2_000))).toBe(`${"x".repeat(1_024)}… [Truncated: 2000 characters]`);
  expect(cutText("x".repeat(32 * MiB), 2)).toBe("xx… [Truncated: 33554432 characters]");
  expect(cutText("x".repeat(32 * MiB + 1), 2)).toBe("[Truncated: 33554433 characters]");
});

test.each<[string, string, boolean]>([
  ["an image's data address", `data:image/svg+xml;base64,${"# ".repeat(100)}`, true],
  ["a data address without a type", "data:;base64,#", true],
  ["one of a type that is none", "data:image png;base64,AAAA", false],
  ["one of a type that is too long", `data:${"a".repeat(101)};base64,AAAA`, false],
  ["one of the longest type", `data:${"a".repeat(100)};base64,#`, true],
  ["one that is not at the beginning", "see data:image/png;base64,AAAA", false],
  ["one that is not encoded so", "data:text/html,AAAA", false],
  ["base64 of both alphabets", "AZaz09+/-_==", true],
  ["words", "two words", false],
  ["a word", "word", true],
  ["an odd character at the end of a short text", "AAAAAAA.", false],
  ["one between those that are looked at", `${"A".repeat(101)}.${"A".repeat(6_298)}`, true],
  ["one of those", `${"A".repeat(100)}.${"A".repeat(6_299)}`, false],
  ["a vast text", "A".repeat(32 * MiB + 1), false],
  ["the longest that is looked at", "A".repeat(32 * MiB), true],
])("encoded binary data is told by %s", (_, text, isSo) => {
  expect(isEncodedBinary(text)).toBe(isSo);
});

test("an integer is written out up to 1024 bits, of either sign", () => {
  const limit = 1n << 1024n;
  expect(markNonJson(limit - 1n)).toBe(`[BigInt: ${limit - 1n}]`);
  expect(markNonJson(1n - limit)).toBe(`[BigInt: ${1n - limit}]`);
  for (const value of [limit, -limit, limit * 2n]) {
    expect(markNonJson(value)).toBe("[Truncated: BigInt of more than 1024 bits]");
  }
});

test("symbols and functions are called by their names, where these are texts", () => {
  expect([markNonJson(Symbol("s")), markNonJson(Symbol())]).toEqual(["[Symbol: s]", "[Symbol: ]"]);
  const named = (name: unknown) => Object.defineProperty(() => 0, "name", { value: name });
  expect(["f", "", 7].map((name) => markNonJson(named(name)))).toEqual(["[Function: f]", "[Function]", "[Function]"]);
  expect([1n, Symbol("s"), named("f"), undefined].map(markNonJson)).toEqual([
    "[BigInt: 1]",
    "[Symbol: s]",
    "[Function: f]",
    "[undefined]",
  ]);
});

test.each<[string, unknown, string]>([
  ["an error", new Error("why"), "why"],
  ["a text", "why", "why"],
  ["nothing", undefined, "undefined"],
  ["null", null, "null"],
  ["a number", 7, "7"],
  ["a thing whose message is no text", { message: 7 }, "a value without a message"],
  ["a thing without one", {}, "a value without a message"],
  ["what can't be read", Proxy.revocable({}, {}), "a value without a message"],
])("what a getter threw is told by its message: %s", (_, thrown, message) => {
  expect(markThrown(thrown)).toBe(`[Threw: ${message}]`);
});

test("what a getter threw and can't be read is said to be that", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(markThrown(proxy)).toBe("[Threw: a value that can't be read]");
});

describe("the path to what a value refers back to", () => {
  test.each<[readonly string[], string]>([
    [[], "~"],
    [["messages", "0", "content"], "~.messages[0].content"],
    [["123456789012345"], "~[123456789012345]"],
    [["1234567890123456"], '~["1234567890123456"]'],
    [["1a"], '~["1a"]'],
    [["a1", "$_"], "~.a1.$_"],
    [["a b", 'quo"te', ""], '~["a b"]["quo\\"te"][""]'],
    [["n".repeat(128)], `~.${"n".repeat(128)}`],
    [["n".repeat(129)], `~["${"n".repeat(64)}"]`],
  ])("%j", (path, text) => {
    expect(markCircular(path)).toBe(`[Circular ${text}]`);
  });

  test("is whole up to 256 characters", () => {
    const path = (characters: number) => ["a".repeat(127), "b".repeat(characters)];
    const whole = `~.${"a".repeat(127)}.${"b".repeat(126)}`;
    expect(markCircular(path(126))).toBe(`[Circular ${whole}]`);
    expect(markCircular(path(127))).toBe(`[Circular ${whole}…]`);
  });
});

test("bytes are counted, and the first 32 are shown", () => {
  const bytes = (count: number) =>
    markBytes(
      "Buffer",
      Uint8Array.from({ length: count }, (_, i) => i),
    );
  const hex = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0")).join("");
  expect(bytes(0)).toBe("[Buffer: 0 bytes]");
  expect(bytes(1)).toBe("[Buffer: 1 bytes 00]");
  expect(bytes(32)).toBe(`[Buffer: 32 bytes ${hex}]`);
  expect(bytes(33)).toBe(`[Buffer: 33 bytes ${hex}…]`);
});
