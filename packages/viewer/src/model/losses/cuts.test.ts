import { expect, test } from "vitest";
import { cutsIn } from "./cuts.ts";

test("a text that was cut says how much of it is kept", () => {
  expect(cutsIn(`${"a".repeat(1024)}… [Truncated: 1500003 characters]`)).toEqual([
    "1,024 of 1,500,003 characters kept",
  ]);
  expect(cutsIn({ output: "[Truncated: 20520000 characters]" })).toEqual(["0 of 20,520,000 characters kept"]);
});

test("a list and an object that were cut say how many are kept, wherever they are", () => {
  const list = [...Array.from({ length: 715 }, (_, i) => i), "[Truncated: 59285 items]"];
  expect(cutsIn({ rows: list })).toEqual(["715 of 60,000 items kept"]);
  expect(cutsIn({ a: 1, "[Truncated]": "[Truncated: properties after the first 10000]" })).toEqual([
    "properties after the first 10000",
  ]);
});

test("text that only speaks of it in its middle was not cut", () => {
  expect(cutsIn("the log said [Truncated: 5 characters] and went on")).toEqual([]);
  expect(cutsIn(["[Truncated]", null, 3])).toEqual([]);
});

test("a payload that was shed says how large it was", () => {
  expect(cutsIn({ "everspan.shed": true, bytes: 2048, head: "Once" })).toEqual([
    "2 KB given up when its queue was full",
  ]);
});
