import { ManualClock } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import type { ReceivedReport } from "../store/trace-store.ts";
import { type ProducerChange, ProducerWatch } from "./producer-watch.ts";

const PROJECT = "project";
const INTERVAL_MS = 10_000;

class CountingClock extends ManualClock {
  timersSet = 0;

  override schedule(...timer: Parameters<ManualClock["schedule"]>): ReturnType<ManualClock["schedule"]> {
    this.timersSet += 1;
    return super.schedule(...timer);
  }
}

let clock: CountingClock;
let store: SqliteTraceStore;
let watch: ProducerWatch;
let changes: ProducerChange[];

beforeEach(() => {
  clock = new CountingClock();
  store = new SqliteTraceStore({ path: ":memory:" });
  changes = [];
  watch = new ProducerWatch({ project: PROJECT, store, clock, onChange: (change) => changes.push(change) });
});
afterEach(async () => {
  watch.close();
  await store.close();
});

const idOf = (index: number) => index.toString(16).padStart(32, "0");

async function report(index: number): Promise<void> {
  const report = { id: idOf(index), batch: 1, lastSeq: 0, heartbeatMs: INTERVAL_MS, openSpans: 1 };
  const received: ReceivedReport = { report, final: false, receivedAtMs: clock.wallMs(), service: null };
  await store.report(PROJECT, received);
  await watch.reported(report.id);
}

const states = () => changes.map(({ producerId, state }) => [Number.parseInt(producerId, 16), state]);

test("each change is told once, and a report that changes nothing is not told", async () => {
  await report(1);
  await report(1);
  await clock.advance(13 * INTERVAL_MS);
  await report(1);
  expect(states()).toEqual([
    [1, "running"],
    [1, "stalled"],
    [1, "lost"],
    [1, "running"],
  ]);
});

test("who speaks while the store can't write is not silent", async () => {
  await report(1);
  await report(2);
  for (let beat = 0; beat < 6; beat++) {
    await clock.advance(INTERVAL_MS);
    watch.reportFailed(idOf(1));
  }
  expect(states().slice(2)).toEqual([[2, "stalled"]]);
});

test("a hundred producers that fall silent together are lost together", async () => {
  await Promise.all(Array.from({ length: 100 }, (_, index) => report(index + 1)));
  await clock.advance(13 * INTERVAL_MS);
  const lost = () => store.listProducers(PROJECT, { limit: 1000, states: ["lost"] });
  // A sweep of so many takes the store several commits, which are no timers of the clock.
  for (let step = 0; step < 200 && (await lost()).length < 100; step++) await clock.advance(INTERVAL_MS / 10);
  expect(await lost()).toHaveLength(100);
  expect(changes.filter(({ state }) => state === "lost")).toHaveLength(100);
});

test("when there is nothing to watch no timer is set, and none after a close", async () => {
  await report(1);
  await clock.advance(14 * INTERVAL_MS);
  const { timersSet } = clock;
  await clock.advance(20 * INTERVAL_MS);
  expect(clock.timersSet).toBe(timersSet);
  await report(1);
  expect(clock.timersSet).toBe(timersSet + 1);
  watch.close();
  await clock.advance(20 * INTERVAL_MS);
  expect(clock.timersSet).toBe(timersSet + 1);
});
