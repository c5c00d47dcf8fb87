/** Delivery under drawn faults, in virtual time: one seed is one run. */

export { drawPlan } from "./draw-plan.ts";
export { MARKS, type Mark } from "./marks.ts";
export type { Mutant } from "./mutant.ts";
export { MUTANTS } from "./mutants.ts";
export { mutatedCore } from "./mutated-core.ts";
export type { Plan } from "./plan.ts";
export { REGRESSIONS } from "./regressions.ts";
export {
  type BackEnd,
  DELIVERED,
  ScriptedDelivery,
  type ScriptedLane,
  type ScriptedRequest,
  wellBackEnd,
} from "./scripted-delivery.ts";
export { shrink } from "./shrink.ts";
export { SimMemory, SimRecord } from "./sim-record.ts";
export { type RunResult, runPlan, runSeed, type SimulationReport, simulate } from "./simulate.ts";
export { INVARIANTS, type Invariant, Violation } from "./violation.ts";
