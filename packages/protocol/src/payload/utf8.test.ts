import { expect, test } from "vitest";
import { hasLoneSurrogate, utf8ByteLength } from "./utf8.ts";

test.each([
  ["", 0],
  ["a\u007f", 2],
  ["\u0080", 2],
  ["\u07ff", 2],
  ["\u0800", 3],
  ["\ud7ff", 3],
  ["\ue000\uffff", 6],
  ["\ud800\udc00", 4],
  ["\udbff\udfff", 4],
  ["😀a😀", 9],
  // Halves, as U+FFFD.
  ["\ud800", 3],
  ["\udbffa", 4],
  ["\udc00", 3],
  ["\udfff\ud800", 6],
  ["\ud800\ud800\udc00", 7],
  ["\ud800\ue000", 6],
  ["\ud800\udbff", 6],
])("%j has as many bytes as its encoding: %i", (text, bytes) => {
  expect(new TextEncoder().encode(text)).toHaveLength(bytes);
  expect(utf8ByteLength(text)).toBe(bytes);
});

test.each([
  ["plain", false],
  ["😀", false],
  ["a\ud800b", true],
  ["\udc00", true],
  ["\udc00\ud800", true],
])("of %j it is %s that it holds half a pair", (text, isSo) => {
  expect(hasLoneSurrogate(text)).toBe(isSo);
});
