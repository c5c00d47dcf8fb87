import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../schema/open-database.ts";
import type { Database } from "../schema/sqlite.ts";
import { TermTable } from "./term-table.ts";

let database: Database;
beforeEach(() => {
  database = openDatabase(":memory:");
});
afterEach(() => database.close());

function index(...texts: string[]): void {
  const insert = database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  for (const [at, text] of texts.entries()) insert.run(at + 1, text);
}

test("a beginning stands for the words that have it, each once, however many documents have those", () => {
  index("Weather in Bern", "weather weathering", "wea WEATHERS we", "weat\u00e9 other");
  const terms = new TermTable(database);
  expect(terms.beginningWith("weath")).toEqual(["weather", "weathering", "weathers"]);
  expect(terms.beginningWith("wea")).toEqual(["wea", "weate", "weather", "weathering", "weathers"]);
  expect(terms.beginningWith("x")).toEqual([]);
});

test("a beginning of too many words, and one with letters that the index may spell otherwise, are left to the index", () => {
  index(Array.from({ length: 128 }, (_, at) => `a${at}`).join(" "), "caf\u00e9");
  const terms = new TermTable(database);
  expect(terms.beginningWith("a")).toHaveLength(128);
  database.exec("INSERT INTO texts (rowid, text) VALUES (9, 'another')");
  expect(terms.beginningWith("a")).toBeUndefined();
  expect(terms.beginningWith("caf")).toEqual(["cafe"]);
  expect(terms.beginningWith("caf\u00e9")).toBeUndefined();
});
