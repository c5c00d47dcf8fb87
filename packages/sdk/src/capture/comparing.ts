/**
 * Whether what is expected is compared before it is walked: when what compares is there. It is loaded with the first batch,
 * not with the entry; before, and where it never is, unchanged values are shared all the same, at the price of a walk.
 */
import type { Comparison } from "./unchanged.ts";

let Made: typeof Comparison | undefined;

export function compareWith(comparison: typeof Comparison): void {
  Made = comparison;
}

export function newComparison(...args: ConstructorParameters<typeof Comparison>): Comparison | undefined {
  return Made === undefined ? undefined : new Made(...args);
}
