/**
 * Long work in steps: a generator that pauses where the browser may paint in between. Whoever runs it decides whether
 * it pauses; what it computes is the same.
 */

export type Steps<T> = Generator<void, T, void>;

const MAX_BUSY_MS = 12;

export function runWhole<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Lets the browser work whenever a slice of time is used up. @throws the signal's reason when it is aborted */
export async function runInSlices<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  for (let busySince = performance.now(); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - busySince < MAX_BUSY_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal.throwIfAborted();
    busySince = performance.now();
  }
}
