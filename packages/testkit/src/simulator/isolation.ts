import type { Fault, Plan } from "./plan.ts";
import { must } from "./violation.ts";
import { type CoreClass, World } from "./world.ts";

const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * Runs a plan twice, once with every lane but the first well and once with all of them hung for ever. The first one
 * must send the same at the same moments. What lanes rightly share is left out: bounds, stalls and the shutdown.
 */
export function checkIsolation(plan: Plan, Core: CoreClass): void {
  if (plan.lanes.length < 2) return;
  const well = firstTrace(withOthers(plan, []), Core);
  const hung = firstTrace(withOthers(plan, [{ kind: "hang", fromMs: 0, toMs: FOR_EVER }]), Core);
  const at = well.findIndex((line, i) => line !== hung[i]);
  must(at < 0 && well.length === hung.length, "I10b", () => `with the others hung: ${hung[at]}, else: ${well[at]}`);
}

function firstTrace(plan: Plan, Core: CoreClass): readonly string[] {
  const world = new World(plan, Core, new Set());
  world.run();
  return world.traces[0]!;
}

function withOthers(plan: Plan, faults: readonly Fault[]): Plan {
  return {
    ...plan,
    queue: { maxRecords: 1_000_000, maxBytes: Number.MAX_SAFE_INTEGER },
    lanes: plan.lanes.map((lane, index) => (index === 0 ? lane : { ...lane, faults })),
    operations: plan.operations.filter(({ kind }) => kind !== "stall" && kind !== "shutdown"),
    timerLatenessMs: 0,
  };
}
