import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../schema/open-database.ts";
import type { Database } from "../schema/sqlite.ts";
import { FrameTable } from "./frame-table.ts";

let database: Database;
beforeEach(() => {
  database = openDatabase(":memory:");
});
afterEach(() => database.close());

test("what is kept of traces between writes is bounded, also of those without a large part; a forgotten one is read again", () => {
  const frames = new FrameTable(database);
  const name = Buffer.alloc(16, 1);
  const first = frames.blobsOfNew(1);
  first.put(name, "large");
  frames.save(1, first);
  let most = 0;
  for (let trace = 2; trace < 10_000; trace++) {
    const blobs = trace % 2 === 0 ? frames.blobsOfNew(trace) : frames.blobsOf(trace);
    blobs.putBody("{}");
    frames.save(trace, blobs);
    most = Math.max(most, frames.keptTraces);
  }
  expect(most).toBeLessThan(7_000);
  expect(frames.blobsOf(1).put(name, "large")).toBe(0);
  expect(frames.blobsOf(2).putBody("{}")).toBe(1);
  frames.forgetTrace(1);
  frames.forgetTrace(1);
  const kept = frames.keptTraces;
  frames.blobsOf(20_000);
  expect(frames.keptTraces).toBeLessThanOrEqual(kept + 1);
});
