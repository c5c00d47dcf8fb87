import { ManualClock } from "@everspan/testkit";
import { expect, test } from "vitest";
import { Heart } from "./heartbeat.ts";

function setUp(beat: (count: number) => Promise<void> = async () => {}, intervalMs = 10_000) {
  const clock = new ManualClock();
  const state = { isNeeded: true, beats: 0 };
  const heart = new Heart({
    clock,
    intervalMs,
    isNeeded: () => state.isNeeded,
    beat: () => {
      state.beats += 1;
      return beat(state.beats);
    },
  });
  return { clock, heart, state };
}

test("it beats at each interval, by a timer that keeps no process alive", async () => {
  const { clock, heart, state } = setUp();
  heart.start();
  heart.start();
  expect(clock.aliveTimers).toBe(0);
  await clock.advance(9_999);
  expect(state.beats).toBe(0);
  await clock.advance(1);
  expect(state.beats).toBe(1);
  await clock.advance(30_000);
  expect(state.beats).toBe(4);
});

test("it rests while it is not needed and has to be started again", async () => {
  const { clock, heart, state } = setUp();
  state.isNeeded = false;
  heart.start();
  state.isNeeded = true;
  await clock.advance(60_000);
  expect(state.beats).toBe(0);
  heart.start();
  await clock.advance(10_000);
  state.isNeeded = false;
  await clock.advance(60_000);
  expect(state.beats).toBe(1);
});

test("a beat that fails is missed; one that hangs is never joined by a second", async () => {
  let release = () => {};
  const { clock, heart, state } = setUp((count) => {
    if (count === 1) return Promise.reject(new Error("no"));
    return new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  heart.start();
  await clock.advance(100_000);
  expect(state.beats).toBe(2);
  release();
  await clock.advance(10_000);
  expect(state.beats).toBe(3);
});

test("an interval of 0 is no heart, and a stopped one does not start again", async () => {
  const none = setUp(undefined, 0);
  none.heart.start();
  await none.clock.advance(100_000);
  expect(none.state.beats).toBe(0);

  const stopped = setUp();
  stopped.heart.start();
  stopped.heart.stop();
  stopped.heart.start();
  await stopped.clock.advance(100_000);
  expect(stopped.state.beats).toBe(0);
});
