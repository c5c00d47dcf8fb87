import type { Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";

const COPIES = Symbol.for("everspan.sdk.copies");
/** This copy of the SDK, as opposed to another version's or another module format's. */
const THIS_COPY = {};

/**
 * Two copies of the SDK in one process (ESM and CJS, two versions) work, but do not see each other's active spans:
 * worth one warning, because a trace then falls apart silently.
 */
export function warnOfSecondCopy(diagnostics: Diagnostics, clock: Clock): void {
  const registry = globalThis as { [COPIES]?: Set<object> };
  registry[COPIES] ??= new Set();
  const copies = registry[COPIES];
  if (copies.has(THIS_COPY)) return;
  copies.add(THIS_COPY);
  if (copies.size === 2) {
    diagnostics.warn("copies", "two copies of the SDK are loaded", clock.monotonicMs());
  }
}
