import { systemClock } from "../contract/clock.ts";

/**
 * Whose slice is next. All bodies under way, of all exporters, share one slice for each turn of the event loop: three
 * at a time would hold up the application three times as long. A busier application has longer turns, and so leaves
 * delivery a smaller part of the CPU.
 */
const waiting: (() => void)[] = [];

/** Resolves in a later turn of the event loop, alone in it, in the order of asking. */
export function sliceTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) systemClock.defer(giveTurn);
  });
}

function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) systemClock.defer(giveTurn);
}
