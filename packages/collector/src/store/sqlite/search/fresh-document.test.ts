import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpanSnapshot } from "@everspan/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import { openTables } from "../tables.ts";
import { finish } from "../writing/steps.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-fresh-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The documents of a store with these writes, and which of them has which word. @param reopens nothing is in memory */
function indexed(name: string, writes: readonly (readonly SpanSnapshot[])[], reopens: boolean): unknown {
  const path = join(directory, name);
  let tables = openTables(path);
  for (const spans of writes) finish(tables.writer.write("project", spans, {}, 1));
  if (reopens) {
    tables.database.close();
    tables = openTables(path);
  }
  const { database, search } = tables;
  while (search.indexSome(0)) {
    // Each call is a document or more.
  }
  database.exec("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, texts, instance)");
  const docs = database.prepare("SELECT * FROM docs ORDER BY doc").all();
  const terms = database.prepare("SELECT DISTINCT doc, term FROM terms ORDER BY doc, term").all();
  database.close();
  return { docs, terms };
}

const many = (count: number, traceId: string, part: Partial<SpanSnapshot> = {}) =>
  Array.from({ length: count }, (_, number) =>
    snapshot({
      traceId,
      id: `s${(number * 7) % count}`,
      name: `step\\n${number}`,
      startTime: `2026-01-31T12:00:00.00000${number % 3}Z`,
      input: { query: `Weather in\nCity ${number}` },
      output: number % 2 === 0 ? "café 東京" : { hits: number },
      ...part,
    }),
  );
const obs = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const ended = { phase: "ended", endTime: "2026-01-31T12:00:01.000000Z" } as const;

const CASES: Readonly<Record<string, readonly (readonly SpanSnapshot[])[]>> = {
  "a small trace": [many(20, "a")],
  "as many spans as a document has": [many(32, "a")],
  "more spans than a document has": [many(33, "a")],
  "two traces by turns": [[...many(5, "a"), ...many(5, "b")].sort((x, y) => x.id.localeCompare(y.id))],
  "no payload": [[snapshot({ traceId: "a", id: "s", name: "alone" })]],
  "a large text": [many(3, "a", { data: { text: "prompt ".repeat(400) } })],
  "a text beside a large one": [[...many(2, "a"), snapshot({ traceId: "a", id: "z", output: "long ".repeat(400) })]],
  "many texts of some size": [many(30, "a", { data: { text: "word ".repeat(40), more: "other ".repeat(80) } })],
  "an error": [
    [snapshot({ traceId: "a", id: "s", ...ended, status: "ERROR", error: { type: "E", message: "broken\t" } })],
  ],
  "the span of another tracer": [many(3, "a", { obs })],
  "a span that ends in the same write": [
    [...many(3, "a"), snapshot({ traceId: "a", id: "s1", ...ended, output: "end" })],
  ],
  "a span that ends in the next write": [many(3, "a"), [snapshot({ traceId: "a", id: "s1", ...ended, output: "end" })]],
  "spans that come later": [many(3, "a"), [snapshot({ traceId: "a", id: "later", input: "more" })]],
  "a sign that ends texts": [[snapshot({ traceId: "a", id: "s", name: "one\0two", input: "three\0four" })]],
};

test.for(Object.entries(CASES))("%s: what is indexed from memory is what is indexed from the store", ([, writes]) => {
  expect(indexed("memory.db", writes, false)).toEqual(indexed("store.db", writes, true));
});

test("what was said by a write that was undone is not indexed as another trace's", () => {
  const { database, search, writer, forget } = openTables(join(directory, "undone.db"));
  const write = (traceId: string, name: string) =>
    void finish(writer.write("project", [snapshot({ traceId, id: "s", name })], {}, 1));
  database.exec("BEGIN");
  write("a", "undone");
  database.exec("ROLLBACK");
  forget();
  // It gets the number that the other one had.
  write("b", "kept");
  expect(search.indexSome(Number.POSITIVE_INFINITY)).toBe(false);
  const found = (word: string) => database.prepare("SELECT rowid FROM texts WHERE texts MATCH ?").all(word).length;
  expect([found("undone"), found("kept")]).toEqual([0, 1]);
  database.close();
});

test("a new trace is indexed from memory, and from the store once something was added to it", () => {
  const { database, search, writer } = openTables(join(directory, "added.db"));
  const write = (id: string, name: string) =>
    void finish(writer.write("project", [snapshot({ traceId: "a", id, name })], {}, 1));
  write("s1", "memory");
  // Only for this test: what is in memory tells another tale than the store.
  database.exec("UPDATE spans SET body = NULL, name = 'store'");
  expect(search.indexSome(Number.POSITIVE_INFINITY)).toBe(false);
  write("s2", "later");
  write("s3", "last");
  database.exec("UPDATE spans SET name = 'disk' WHERE name != 'store'");
  expect(search.indexSome(Number.POSITIVE_INFINITY)).toBe(false);
  const found = (word: string) => database.prepare("SELECT rowid FROM texts WHERE texts MATCH ?").all(word).length;
  expect([found("memory"), found("store"), found("later"), found("last"), found("disk")]).toEqual([1, 0, 0, 0, 1]);
  database.close();
});
