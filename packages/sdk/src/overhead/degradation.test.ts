import { describe, expect, test } from "vitest";
import { Degradation } from "./degradation.ts";

/** A window is 5 s: a twentieth of it is 250 ms. */
const BUDGET = { loopShare: 0.05, heapShare: 0.1 };

/** A process in which time passes and the SDK takes some of it. */
class Process {
  nowMs = 1_000;
  ownMs = 400;
  heapShare = 0;
  readonly degradation: Degradation;

  constructor(budget = BUDGET) {
    this.degradation = new Degradation(budget, this);
  }

  /** Time passes, a part of it in the SDK; then it is looked at. */
  after(elapsedMs: number, ownMs = 0): string {
    this.nowMs += elapsedMs;
    this.ownMs += ownMs;
    this.degradation.look(this);
    return this.degradation.level;
  }
}

describe("the event loop's share", () => {
  test("what was taken before the tracer was made is not held against it", () => {
    expect(new Process().after(1, 0)).toBe("full");
  });

  test("a level is given up as soon as the window's allowance is used up, not before", () => {
    const process = new Process();
    expect(process.after(300, 250)).toBe("full");
    expect(process.degradation.passed).toBeUndefined();
    expect(process.after(1, 1)).toBe("previews");
    expect(process.degradation.passed).toBe("loopShare");
  });

  test("the next one goes only for what was taken since, and not within a second", () => {
    const process = new Process();
    process.after(300, 260);
    expect(process.after(10, 100)).toBe("previews");
    expect(process.after(980, 200)).toBe("previews");
    expect(process.after(10, 0)).toBe("structure");
    expect(process.after(1_000, 300)).toBe("structure");
  });

  test("a window that took longer is judged by its own length", () => {
    expect(new Process().after(20_000, 999)).toBe("full");
    expect(new Process().after(20_000, 1_001)).toBe("previews");
  });

  test("three calm windows in a row take one level back", () => {
    const process = new Process();
    process.after(300, 260);
    process.after(1_000, 260);
    expect(process.degradation.level).toBe("structure");
    const levels = Array.from({ length: 6 }, () => process.after(5_000, 125));
    expect(levels).toEqual(["structure", "structure", "previews", "previews", "previews", "full"]);
    expect(process.degradation.passed).toBeUndefined();
  });

  test("a window between half of the budget and all of it begins the count afresh", () => {
    const process = new Process();
    process.after(300, 260);
    const levels = [0, 0, 126, 0, 0, 0].map((ownMs) => process.after(5_000, ownMs));
    expect(levels).toEqual(["previews", "previews", "previews", "previews", "previews", "full"]);
  });

  test("a pause counts for as many windows as it lasted", () => {
    const process = new Process();
    process.after(300, 260);
    process.after(1_000, 260);
    expect(process.after(14_999)).toBe("structure");
    expect(process.after(5_000)).toBe("previews");
    expect(process.after(3_600_000)).toBe("full");
  });
});

describe("the heap's share", () => {
  test("levels go a second apart while it is passed, and it is named", () => {
    const process = new Process();
    process.heapShare = 0.1;
    expect(process.after(1)).toBe("full");
    process.heapShare = 0.11;
    expect(process.after(1)).toBe("previews");
    expect(process.degradation.passed).toBe("heapShare");
    expect(process.after(999)).toBe("previews");
    expect(process.after(1)).toBe("structure");
  });

  test("nothing comes back while more than half of it is held", () => {
    const process = new Process();
    process.heapShare = 0.2;
    process.after(1);
    process.heapShare = 0.06;
    expect(process.after(60_000)).toBe("previews");
    process.heapShare = 0.05;
    expect(process.after(15_000)).toBe("full");
  });
});

test("what has no bound is never passed", () => {
  const process = new Process({ loopShare: Number.POSITIVE_INFINITY, heapShare: Number.POSITIVE_INFINITY });
  process.heapShare = 0.9;
  expect(process.after(4_000, 3_000)).toBe("full");
});
