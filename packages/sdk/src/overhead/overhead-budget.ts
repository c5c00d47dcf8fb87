import { refuseUnknown, requireObject, unfit } from "../contract/check-options.ts";

export interface OverheadBudgetOptions {
  /**
   * Most of the event loop's time that the SDK may take itself, above 0 and at most 1: 0.05 is a twentieth. Default: no
   * bound.
   */
  readonly loopShare?: number | undefined;
  /**
   * Most of what the heap may grow to that records waiting for delivery and remembered captures may hold, above 0 and at
   * most 1. Default: no bound but `queue.maxBytes`.
   */
  readonly heapShare?: number | undefined;
}

/** Shares; infinite where there is no bound. */
export type OverheadBudget = { readonly [Name in keyof OverheadBudgetOptions]-?: number };

/** Undefined when none was given. @throws EverspanError for an unknown option and for what is no share */
export function resolveOverheadBudget(given: OverheadBudgetOptions | undefined): {
  readonly overheadBudget: OverheadBudget | undefined;
} {
  if (given === undefined) return { overheadBudget: given };
  const resolved = { loopShare: Number.POSITIVE_INFINITY, heapShare: Number.POSITIVE_INFINITY };
  requireObject("overheadBudget", given);
  refuseUnknown("overheadBudget", given, Object.keys(resolved));
  for (const name of ["loopShare", "heapShare"] as const) {
    const share = given[name];
    if (share === undefined) continue;
    if (typeof share !== "number" || !(share > 0 && share <= 1)) {
      throw unfit(`overheadBudget.${name}`, "a number above 0 and at most 1", share);
    }
    resolved[name] = share;
  }
  return { overheadBudget: resolved };
}
