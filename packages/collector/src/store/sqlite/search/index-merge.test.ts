import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../schema/open-database.ts";
import type { Database } from "../schema/sqlite.ts";
import { IndexMerge, mergeByHand } from "./index-merge.ts";

let database: Database;
beforeEach(() => {
  database = openDatabase(":memory:");
  mergeByHand(database);
});
afterEach(() => database.close());

/** Commits each text on its own, as spans that arrive one after the other do. */
function commitTexts(from: number, count: number): void {
  const insert = database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  for (let doc = from; doc < from + count; doc++) {
    const words = Array.from({ length: 800 }, (_, index) => `w${doc * 800 + index}`);
    insert.run(doc, `everywhere ${words.join(" ")}`);
  }
}

/** From the index's structure record: its cookie, a mark of the newer form, then the numbers of levels and of segments. */
function segments(): number {
  const { block } = database.prepare("SELECT block FROM texts_data WHERE id = 10").get() as { block: Uint8Array };
  expect(Buffer.from(block).toString("hex", 4, 8)).toBe("ff000001");
  const [levels, first, second] = block.subarray(8);
  expect(levels).toBeLessThan(128);
  return first! < 128 ? first! : ((first! & 127) << 7) | second!;
}

const found = () => database.prepare("SELECT count(*) AS docs FROM texts WHERE texts MATCH 'everywhere'").get();

test("nothing is joined within a write: each leaves its segment", () => {
  commitTexts(1, 100);
  expect(segments()).toBe(100);
});

test("what is joined behind the writes is joined a few pages at a time, until nothing is left to join", () => {
  commitTexts(1, 100);
  const merge = new IndexMerge(database, "texts");
  const steps: number[] = [];
  const totalChanges = () =>
    (database.prepare("SELECT total_changes() AS changes").get() as { changes: number }).changes;
  while (merge.isDue) {
    const before = totalChanges();
    merge.some(0);
    steps.push(totalChanges() - before);
  }
  // Rows of the index that are written; at the end those that were joined are removed, which takes one each.
  expect(steps.length).toBeGreaterThan(4);
  expect(Math.max(...steps)).toBeLessThan(steps.reduce((sum, changes) => sum + changes) / 2);
  expect(segments()).toBeLessThan(4);
  expect(found()).toEqual({ docs: 100 });
  commitTexts(101, 1);
  expect(merge.isDue).toBe(false);
  merge.noteWrite();
  expect(merge.isDue).toBe(true);
  expect(found()).toEqual({ docs: 101 });
});

test("a file keeps that it is joined by hand", () => {
  const kept = () => database.prepare("SELECT k, v FROM texts_config ORDER BY k").all();
  expect(kept()).toEqual([
    { k: "automerge", v: 0 },
    { k: "crisismerge", v: 256 },
    { k: "version", v: 4 },
  ]);
  const before = database.prepare("SELECT total_changes() AS changes").get();
  mergeByHand(database);
  expect(database.prepare("SELECT total_changes() AS changes").get()).toEqual(before);
});
