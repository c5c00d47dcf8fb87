import { expect, test } from "vitest";
import { isLost, omittedWords } from "./omitted.ts";

test("a payload that was left out for its size is not loaded, one that the store has lost is lost", () => {
  expect(omittedWords({ omitted: true, bytes: 2048, preview: "a" })).toBe("2 KB not loaded");
  expect(omittedWords({ omitted: true, bytes: 2048, reason: "missing" })).toBe("2 KB lost to damage of the store");
  expect(omittedWords({ omitted: true, bytes: 0, reason: "missing" })).toBe("lost to damage of the store");
  expect(isLost({ omitted: true, bytes: 0, reason: "missing" })).toBe(true);
  expect(isLost({ omitted: true, bytes: 0 })).toBe(false);
});
