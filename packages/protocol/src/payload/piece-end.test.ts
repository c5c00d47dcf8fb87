import { expect, test } from "vitest";
import { pieceEnd } from "./piece-end.ts";

test("a piece ends where it was to end, but not between the halves of a pair nor after the text", () => {
  expect(pieceEnd("abcdef", 3)).toBe(3);
  expect(pieceEnd("ab😀f", 3)).toBe(4);
  expect(pieceEnd("ab😀f", 4)).toBe(4);
  expect(pieceEnd("abc", 3)).toBe(3);
  expect(pieceEnd("abc", 9)).toBe(3);
  expect(pieceEnd("a\ud800", 2)).toBe(2);
});
