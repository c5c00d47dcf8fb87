import { expect, test } from "vitest";
import { completions } from "./filter-completion.ts";

const known = () => ["support agent", "importer"];
const offered = (filter: string) => completions(filter, filter.length, known).map(({ text }) => text);

test("a word that begins offers keys, a key its values, whole text nothing", () => {
  expect(offered("se")).toEqual(["service:", "session:"]);
  expect(offered("invoice status:e")).toEqual(["status:error"]);
  expect(offered("service:")).toEqual(["service:support agent", "service:importer"]);
  expect(offered("")).toEqual([]);
  expect(offered("status:error")).toEqual([]);
});

test("taking one replaces the word, quotes what needs it, and leaves the rest", () => {
  const [taken] = completions("a service:su b", 12, known);
  expect(taken?.filter).toBe('a service:"support agent" b');
  expect(taken?.filter.slice(taken.caret)).toBe("b");
});
