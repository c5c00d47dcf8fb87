import { expect, test } from "vitest";
import { lengthsOfCut } from "./cut-text.ts";

test("texts are found where the pointers lead, and others are not", () => {
  const value = { output: { "a/b~c": ["x", "beginning"] }, data: { n: 1 } };
  const cut = [
    { pointer: "/output/a~1b~0c/1", characters: 900 },
    { pointer: "/data/n", characters: 7 },
    { pointer: "/data/toString", characters: 7 },
    { pointer: "/input/text", characters: 7 },
  ];
  expect([...lengthsOfCut(value, cut)]).toEqual([["beginning", 900]]);
  expect([...lengthsOfCut("all of it", [{ pointer: "", characters: 12 }])]).toEqual([["all of it", 12]]);
});
