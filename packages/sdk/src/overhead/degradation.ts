import type { OverheadStats } from "../contract/account.ts";
import type { OverheadBudget } from "./overhead-budget.ts";

/** What is captured, in the order in which it is given up. */
export const LEVELS = ["full", "previews", "structure"] as const satisfies readonly OverheadStats["level"][];

/** Long enough that one large capture is no twentieth of it, short enough that a burst is answered while it lasts. */
const WINDOW_MS = 5_000;
/** What was captured before a level was given up is still to be delivered: its cost is not held against the next level. */
const SETTLE_MS = 1_000;
/** A window is calm when it took at most this part of the budget: giving less alone must not make it so. */
const CALM_PART = 0.5;
/** Calm windows in a row for each level that is taken back. */
const CALM_WINDOWS = 3;

/** What is known at one moment. */
export interface OverheadReading {
  readonly nowMs: number;
  /** Of the SDK itself since it was loaded, in milliseconds. */
  readonly ownMs: number;
  /** Held by the SDK, as a part of what the heap may grow to. */
  readonly heapShare: number;
}

/**
 * Which level a budget leaves. Pure: it is told the time. A level is given up as soon as the window's allowance is used
 * up, or the heap's share is passed, and taken back after calm windows.
 */
export class Degradation {
  readonly #budget: OverheadBudget;
  #level = 0;
  #passed: keyof OverheadBudget | undefined = undefined;
  #beganMs: number;
  #ownMsBefore: number;
  #calmWindows = 0;
  #settledMs = Number.NEGATIVE_INFINITY;

  constructor(budget: OverheadBudget, { nowMs, ownMs }: OverheadReading) {
    this.#budget = budget;
    this.#beganMs = nowMs;
    this.#ownMsBefore = ownMs;
  }

  get level(): OverheadStats["level"] {
    return LEVELS[this.#level]!;
  }

  /** The budget for which the last level was given up; undefined at the first level. */
  get passed(): keyof OverheadBudget | undefined {
    return this.#passed;
  }

  look(reading: OverheadReading): void {
    const elapsedMs = reading.nowMs - this.#beganMs;
    const spentMs = reading.ownMs - this.#ownMsBefore;
    // Before a window is over its whole allowance is there, so that the first capture of all passes nothing.
    const loop = spentMs / Math.max(elapsedMs, WINDOW_MS) / this.#budget.loopShare;
    const heap = reading.heapShare / this.#budget.heapShare;
    const pressure = Math.max(loop, heap);
    if (pressure > 1 && reading.nowMs >= this.#settledMs) {
      this.#giveUp(loop >= heap ? "loopShare" : "heapShare", reading);
    } else if (elapsedMs >= WINDOW_MS) {
      this.#calmWindows = pressure <= CALM_PART ? this.#calmWindows + Math.floor(elapsedMs / WINDOW_MS) : 0;
      this.#takeBack();
      this.#beginWindow(reading);
    }
  }

  #giveUp(passed: keyof OverheadBudget, reading: OverheadReading): void {
    this.#passed = passed;
    this.#level = Math.min(this.#level + 1, LEVELS.length - 1);
    this.#calmWindows = 0;
    this.#settledMs = reading.nowMs + SETTLE_MS;
    this.#beginWindow(reading);
  }

  #takeBack(): void {
    while (this.#level > 0 && this.#calmWindows >= CALM_WINDOWS) {
      this.#level -= 1;
      this.#calmWindows -= CALM_WINDOWS;
    }
    if (this.#level === 0) this.#passed = undefined;
  }

  #beginWindow({ nowMs, ownMs }: OverheadReading): void {
    this.#beganMs = nowMs;
    this.#ownMsBefore = ownMs;
  }
}
