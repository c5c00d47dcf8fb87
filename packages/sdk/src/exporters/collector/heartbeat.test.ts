import { ManualClock } from "@everspan/testkit";
import { expect, test } from "vitest";
import { Heartbeat } from "./heartbeat.ts";

function setUp(report: (count: number) => Promise<void> = async () => {}, intervalMs = 10_000) {
  const clock = new ManualClock();
  const state = { isNeeded: true, reports: 0 };
  const heartbeat = new Heartbeat({
    clock,
    intervalMs,
    isNeeded: () => state.isNeeded,
    report: () => {
      state.reports += 1;
      return report(state.reports);
    },
  });
  return { clock, heartbeat, state };
}

test("it reports at each interval, by a timer that keeps no process alive", async () => {
  const { clock, heartbeat, state } = setUp();
  heartbeat.start();
  heartbeat.start();
  expect(clock.aliveTimers).toBe(0);
  await clock.advance(9_999);
  expect(state.reports).toBe(0);
  await clock.advance(1);
  expect(state.reports).toBe(1);
  await clock.advance(30_000);
  expect(state.reports).toBe(4);
});

test("it rests while it is not needed and has to be started again", async () => {
  const { clock, heartbeat, state } = setUp();
  state.isNeeded = false;
  heartbeat.start();
  state.isNeeded = true;
  await clock.advance(60_000);
  expect(state.reports).toBe(0);
  heartbeat.start();
  await clock.advance(10_000);
  state.isNeeded = false;
  await clock.advance(60_000);
  expect(state.reports).toBe(1);
});

test("a report that fails is skipped; one that hangs is never joined by a second", async () => {
  let release = () => {};
  const { clock, heartbeat, state } = setUp((count) => {
    if (count === 1) return Promise.reject(new Error("no"));
    return new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  heartbeat.start();
  await clock.advance(100_000);
  expect(state.reports).toBe(2);
  release();
  await clock.advance(10_000);
  expect(state.reports).toBe(3);
});

test("an interval of 0 is no heartbeat, and a stopped one does not start again", async () => {
  const none = setUp(undefined, 0);
  none.heartbeat.start();
  await none.clock.advance(100_000);
  expect(none.state.reports).toBe(0);

  const stopped = setUp();
  stopped.heartbeat.start();
  stopped.heartbeat.stop();
  stopped.heartbeat.start();
  await stopped.clock.advance(100_000);
  expect(stopped.state.reports).toBe(0);
});
