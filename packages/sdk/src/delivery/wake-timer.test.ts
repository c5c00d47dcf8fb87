import { ManualClock } from "@everspan/testkit";
import { expect, test } from "vitest";
import { WakeTimer } from "./wake-timer.ts";

const NEVER = Number.POSITIVE_INFINITY;

function setUp() {
  const clock = new ManualClock();
  const ranAtMs: number[] = [];
  const timer = new WakeTimer(clock, () => ranAtMs.push(clock.monotonicMs()));
  return { clock, timer, ranAtMs };
}

test("runs once at the time it is armed for, and is armed until it is cleared", async () => {
  const { clock, timer, ranAtMs } = setUp();
  expect(timer.armedForMs).toBe(NEVER);
  timer.arm(50, false, 0);
  expect([timer.armedForMs, clock.timerCount, clock.aliveTimers]).toEqual([50, 1, 0]);
  await clock.advance(49);
  expect(ranAtMs).toEqual([]);
  await clock.advance(100);
  expect(ranAtMs).toEqual([50]);
  expect(timer.armedForMs).toBe(50);
  timer.clear();
  expect(timer.armedForMs).toBe(NEVER);
});

test("armed anew, the time before is forgotten", async () => {
  const { clock, timer, ranAtMs } = setUp();
  timer.arm(50, true, 0);
  timer.arm(20, true, 0);
  expect([clock.timerCount, clock.aliveTimers]).toEqual([1, 1]);
  timer.arm(80, true, 0);
  timer.arm(80, true, 0);
  expect(clock.timerCount).toBe(1);
  await clock.advance(200);
  expect(ranAtMs).toEqual([80]);
});

test("keeps the process alive as it was last said", () => {
  const { clock, timer } = setUp();
  for (const keepsAlive of [true, false, true]) {
    timer.arm(50, keepsAlive, 0);
    expect([clock.timerCount, clock.aliveTimers]).toEqual([1, keepsAlive ? 1 : 0]);
  }
});

test("armed for never, or cleared, it does not run", async () => {
  const { clock, timer, ranAtMs } = setUp();
  timer.arm(50, true, 0);
  timer.arm(NEVER, true, 0);
  expect(clock.timerCount).toBe(0);
  timer.arm(50, true, 0);
  timer.clear();
  timer.clear();
  await clock.advance(1_000);
  expect(ranAtMs).toEqual([]);
});

test("waits for no less than whole milliseconds, which is all that a platform's timer can", async () => {
  const { clock, timer, ranAtMs } = setUp();
  timer.arm(10.2, false, 0);
  await clock.advance(10);
  expect(ranAtMs).toEqual([]);
  await clock.advance(1);
  expect(ranAtMs).toEqual([11]);
});

test("what is due runs after the events that wait already, and once for all that ask meanwhile", async () => {
  const { clock, timer, ranAtMs } = setUp();
  timer.arm(0, true, 0);
  timer.post();
  timer.post();
  expect([ranAtMs.length, clock.timerCount]).toEqual([0, 0]);
  await clock.settle();
  expect(ranAtMs).toEqual([0]);
  timer.post();
  await clock.settle();
  expect(ranAtMs).toEqual([0, 0]);
});
