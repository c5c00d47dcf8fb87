import type { Clock } from "@everspan/protocol";
import { expect, test } from "vitest";
import { silentLogger } from "../logger.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { snapshot } from "../store/trace-store.contract.ts";
import { RetentionTimer } from "./retention-timer.ts";

const DAY_MS = 86_400_000;

test("what is due goes pass by pass, and nothing else does; a closed timer asks no more", async () => {
  let nowMs = 0;
  const due: (() => void)[] = [];
  const clock: Clock = {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    schedule: (run) => {
      due.push(run);
      return () => due.splice(due.indexOf(run), 1);
    },
    defer: (run) => void due.push(run),
  };
  const store = new SqliteTraceStore({ path: ":memory:", nowMs: () => nowMs });
  let removals = 0;
  const onRemoved = () => {
    removals += 1;
  };
  const timer = new RetentionTimer(store, clock, silentLogger, { maxAgeMs: 2.5 * DAY_MS, onRemoved });
  const pass = async () => {
    due.shift()?.();
    // The next pass is scheduled when this one has ended.
    while (due.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await store.write("p", [snapshot({ id: "old", traceId: "old" })]);
  nowMs = 2 * DAY_MS;
  await store.write("p", [snapshot({ id: "new", traceId: "new" })]);
  await pass();
  expect((await store.stats("p")).traces).toBe(2);
  expect(removals).toBe(0);
  nowMs = 3 * DAY_MS;
  await pass();
  expect((await store.listTraces("p", { limit: 9 })).traces.map((trace) => trace.traceId)).toEqual(["new"]);
  expect(removals).toBe(1);
  await timer.close();
  expect(due).toEqual([]);
  await store.close();
});
