import type { Plan } from "./plan.ts";
import recorded from "./regressions.json" with { type: "json" };

/** A plan that once broke an invariant, made as small as it went. Runs before any seed is drawn. */
export interface Regression {
  readonly name: string;
  readonly plan: Plan;
}

export const REGRESSIONS = recorded as readonly Regression[];
