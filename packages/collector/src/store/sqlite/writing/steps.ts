/**
 * Work that may be left for a while: it yields where somebody else may have a turn, as often as it likes, and whoever runs
 * it decides when to go on. What it changes is seen by nobody else before its transaction ends.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Runs it to its end without a pause. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
