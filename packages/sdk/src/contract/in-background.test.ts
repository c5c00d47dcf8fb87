import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "./clock.ts";
import { countedSteps, inBackground } from "./in-background.ts";
import { ownTime } from "./own-time.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Holds the clock: what is run takes as long as it says. */
function heldClock() {
  let nowMs = 100;
  vi.spyOn(systemClock, "monotonicMs").mockImplementation(() => nowMs);
  return (ms: number) => {
    nowMs += ms;
  };
}

test("what work takes is counted, when it throws too", () => {
  const take = heldClock();
  const before = ownTime.backgroundMs;
  expect(inBackground(() => take(5) ?? "done")).toBe("done");
  expect(() =>
    inBackground(() => {
      take(7);
      throw new Error("mine");
    }),
  ).toThrow("mine");
  expect(ownTime.backgroundMs - before).toBe(12);
});

test("of steps what they compute is counted, and not what happens between them", () => {
  const take = heldClock();
  const before = ownTime.backgroundMs;
  function* steps() {
    take(1);
    yield;
    take(2);
    yield;
    take(4);
  }
  let count = 0;
  for (const _ of countedSteps(steps())) {
    count += 1;
    take(100);
  }
  expect(count).toBe(2);
  expect(ownTime.backgroundMs - before).toBe(7);
});

test("steps that are left are closed, and what they throw arrives", () => {
  let isClosed = false;
  function* steps() {
    try {
      yield;
    } finally {
      isClosed = true;
    }
  }
  for (const _ of countedSteps(steps())) break;
  expect(isClosed).toBe(true);
  // biome-ignore lint/correctness/useYield: it throws first
  function* failing(): Generator<void, void> {
    throw new Error("mine");
  }
  expect(() => [...countedSteps(failing())]).toThrow("mine");
});
