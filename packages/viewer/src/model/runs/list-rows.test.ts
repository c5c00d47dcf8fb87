import type { SearchHit } from "@everspan/protocol";
import { expect, test } from "vitest";
import type { RunSummary } from "../../api/run-summary.ts";
import { distinctHits, hitRows, listRows } from "./list-rows.ts";

const NOW = Date.UTC(2026, 0, 31, 14);
const run = (traceId: string, startTime: string) => ({ traceId, startTime }) as RunSummary;
const hit = (traceId: string, spanId: string, snippet: string) =>
  ({ traceId, spanId, snippet, place: "input" }) as SearchHit;

const words = (rows: ReturnType<typeof listRows>) =>
  rows.map((row) => (row.kind === "day" ? `# ${row.label}` : row.key));

test("each day has its heading where runs are in order of time; of today alone there is none", () => {
  const runs = [run("a", "2026-01-31T13:00:00.000000Z"), run("b", "2026-01-30T13:00:00.000000Z")];
  expect(words(listRows(runs, "-startTime", NOW))).toEqual(["# Today", "a", "# Yesterday", "b"]);
  expect(words(listRows(runs.slice(0, 1), "-startTime", NOW))).toEqual(["a"]);
  expect(words(listRows(runs, "-costUsd", NOW))).toEqual(["a", "b"]);
});

test("what was found stands between its own headings, and says when there is more", () => {
  expect(hitRows([], false)).toEqual([]);
  expect(words(hitRows([hit("t", "s", "x")], true))).toEqual([
    "# Said in these and more places: the newest 1",
    "t s input",
    "# Runs by their name",
  ]);
});

test("a history that is sent again is found once", () => {
  const hits = [hit("t", "step 1", "the fox"), hit("t", "step 2", "the fox"), hit("u", "step 1", "the fox")];
  expect(distinctHits(hits).map(({ traceId, spanId }) => `${traceId} ${spanId}`)).toEqual(["t step 1", "u step 1"]);
});
