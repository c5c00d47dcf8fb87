import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import { bytesToId } from "../schema/id-bytes.ts";
import { openTables, type Tables } from "../tables.ts";
import { finish } from "../writing/steps.ts";
import type { DocRow } from "./search-table.ts";

let tables: Tables;
beforeEach(() => {
  tables = openTables(":memory:");
});
afterEach(() => tables.database.close());

function write(from: number, every: number): void {
  const numbers = Array.from({ length: 300 }, (_, index) => from + index * every);
  const spans = numbers.map((number) => snapshot({ id: `s${String(number).padStart(4, "0")}` }));
  finish(tables.writer.write("project", spans, {}, 1));
}

const indexed = () =>
  (tables.database.prepare("SELECT * FROM docs").all() as unknown as DocRow[])
    .flatMap((doc) => [...tables.search.textsOf(doc)])
    .map(({ span }) => bytesToId(span));

test("a trace that grows while it is indexed has each span in one document, and comes to an end", () => {
  write(0, 3);
  // A deadline that is over leaves it after each document.
  expect(tables.search.indexSome(0)).toBe(true);
  write(1, 3);
  expect(tables.search.indexSome(0)).toBe(true);
  write(2, 3);
  let slices = 0;
  while (tables.search.indexSome(0)) expect(++slices).toBeLessThan(100);
  expect(slices).toBeGreaterThan(20);
  const ids = Array.from({ length: 900 }, (_, number) => `s${String(number).padStart(4, "0")}`);
  expect(indexed().sort()).toEqual(ids);
  expect(tables.search.oldestPendingMs()).toBeUndefined();
});

test("a trace whose summary changes while it is indexed is indexed to its end", () => {
  write(0, 1);
  expect(tables.search.indexSome(0)).toBe(true);
  tables.database.exec("UPDATE traces SET revision = revision + 1");
  let slices = 0;
  while (tables.search.indexSome(0)) expect(++slices).toBeLessThan(100);
  expect(new Set(indexed()).size).toBe(300);
});
