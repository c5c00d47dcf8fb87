import { expect, test } from "vitest";
import { markedParts } from "./marked-parts.ts";

const show = (text: string, marks: readonly (readonly [number, number])[]) =>
  markedParts(text, marks)
    .map(({ text: part, isMarked }) => (isMarked ? `[${part}]` : part))
    .join("");

test.each<[string, readonly (readonly [number, number])[], string]>([
  ["no mark", [], "the red fox"],
  ["one", [[4, 7]], "the [red] fox"],
  [
    "out of order",
    [
      [8, 11],
      [0, 3],
    ],
    "[the] red [fox]",
  ],
  [
    "overlapping",
    [
      [0, 5],
      [3, 7],
    ],
    "[the r][ed] fox",
  ],
  ["beyond the end", [[8, 99]], "the red [fox]"],
  ["before the beginning", [[-5, 3]], "[the] red fox"],
  [
    "nonsense",
    [
      [5, 2],
      [50, 60],
    ],
    "the red fox",
  ],
])("%s", (_, marks, shown) => {
  expect(show("the red fox", marks)).toBe(shown);
});
