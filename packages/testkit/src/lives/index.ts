/** The whole delivery over several lives: pipeline, spool and recovery on one simulated disk that outlives processes. */

export { LIVES_MUTANTS, type LivesMutant } from "./lives-mutants.ts";
export { drawLives, type LivesPlan } from "./lives-plan.ts";
export { LIVES_REGRESSIONS, type LivesRegression } from "./regressions.ts";
export { type LivesResult, runLives, simulateLives } from "./simulate-lives.ts";
