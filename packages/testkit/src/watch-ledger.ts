import type { Tracer } from "everspan";
import { assertBalanced } from "everspan/testing";

/**
 * Checks a tracer's account after every macrotask until it is disposed: `using ledger = watchLedger(tracer)`.
 * Disposing throws the first violation, and checks once more.
 */
export function watchLedger(tracer: Pick<Tracer, "stats">): Disposable & { readonly samples: () => number } {
  let violation: unknown;
  let samples = 0;
  let isWatching = true;
  const sample = () => {
    if (!isWatching) return;
    samples += 1;
    try {
      assertBalanced(tracer.stats());
    } catch (error) {
      violation ??= error;
    }
    setImmediate(sample).unref();
  };
  setImmediate(sample).unref();
  return {
    samples: () => samples,
    [Symbol.dispose]() {
      isWatching = false;
      if (violation !== undefined) throw violation;
      assertBalanced(tracer.stats());
    },
  };
}
