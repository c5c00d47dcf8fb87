import type { LivesPlan } from "./lives-plan.ts";
import recorded from "./regressions.json" with { type: "json" };

/** Lives that once lost something, made as small as they went. */
export interface LivesRegression {
  readonly name: string;
  readonly plan: LivesPlan;
}

export const LIVES_REGRESSIONS = recorded as readonly LivesRegression[];
