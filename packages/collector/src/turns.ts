/**
 * Long work is done in slices and takes turns: in one turn of the event loop one piece of it goes on, whoever else waits.
 * So what comes over the network waits for one slice, and not for one of each that is under way.
 */

/** How long the thread is held, in milliseconds. */
export const SLICE_MS = 10;

const waiting: (() => void)[] = [];

/** Resolves when the event loop has done what else was due, and those that asked before have had their turns. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

/** Does work that yields where it may be left. */
export async function inTurns<Result>(steps: Generator<undefined, Result>): Promise<Result> {
  for (let endMs = performance.now() + SLICE_MS; ; ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < endMs) continue;
    await nextTurn();
    endMs = performance.now() + SLICE_MS;
  }
}

function giveTurn(): void {
  const go = waiting.shift();
  // What is asked for from here on is of the next turn of the loop.
  if (waiting.length > 0) setImmediate(giveTurn);
  go?.();
}
