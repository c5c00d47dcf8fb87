import type { Planting } from "./mutated-core.ts";
import type { Invariant } from "./violation.ts";

/** A bug that somebody could make, and the invariants of which one must notice it. */
export interface Mutant extends Planting {
  readonly name: string;
  readonly noticedBy: readonly Invariant[];
}
