import type { Plan } from "./plan.ts";
import { runPlan } from "./simulate.ts";
import type { CoreClass } from "./world.ts";

/** Runs that a shrink may cost. */
const MAX_RUNS = 2_000;

/**
 * A smaller plan that breaks the same invariant: what the application does, faults and lanes are taken away for as
 * long as it still fails.
 */
export function shrink(plan: Plan, Core?: CoreClass): Plan {
  const invariant = runPlan(plan, new Set(), Core).violation?.invariant;
  if (invariant === undefined) return plan;
  let runs = 0;
  const stillFails = (smaller: Plan): boolean => {
    runs += 1;
    return runs <= MAX_RUNS && runPlan(smaller, new Set(), Core).violation?.invariant === invariant;
  };
  let smallest = plan;
  for (let sizeBefore = Number.POSITIVE_INFINITY; sizeOf(smallest) < sizeBefore; ) {
    sizeBefore = sizeOf(smallest);
    smallest = withFewer(smallest.operations, (operations) => ({ ...smallest, operations }), stillFails) ?? smallest;
    smallest = withFewer(smallest.lanes, (lanes) => ({ ...smallest, lanes }), stillFails) ?? smallest;
    for (const at of smallest.lanes.keys()) smallest = withFewerFaults(smallest, at, stillFails);
    smallest = withLessDisk(smallest, stillFails);
  }
  return smallest;
}

function withFewerFaults(plan: Plan, at: number, stillFails: (plan: Plan) => boolean): Plan {
  const rebuild = (faults: Plan["lanes"][number]["faults"]): Plan => ({
    ...plan,
    lanes: plan.lanes.map((lane, index) => (index === at ? { ...lane, faults } : lane)),
  });
  return withFewer(plan.lanes[at]!.faults, rebuild, stillFails) ?? plan;
}

function withLessDisk(plan: Plan, stillFails: (plan: Plan) => boolean): Plan {
  const { disk, ...rest } = plan;
  if (disk === undefined || stillFails(rest)) return rest;
  const { vanishesAtMs, ...lasting } = disk;
  let smallest = plan;
  if (vanishesAtMs !== undefined && stillFails({ ...plan, disk: lasting })) smallest = { ...plan, disk: lasting };
  const withDisk = (part: Partial<typeof disk>) => ({ ...smallest, disk: { ...smallest.disk!, ...part } });
  smallest = withFewer(disk.orphans, (orphans) => withDisk({ orphans }), stillFails) ?? smallest;
  return withFewer(disk.away, (away) => withDisk({ away }), stillFails) ?? smallest;
}

/** Takes away halves, then quarters, then single items. */
function withFewer<T>(
  items: readonly T[],
  rebuild: (items: readonly T[]) => Plan,
  stillFails: (plan: Plan) => boolean,
): Plan | undefined {
  let kept = items;
  let found: Plan | undefined;
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)];
      const smaller = rebuild(fewer);
      if (isRunnable(smaller) && stillFails(smaller)) {
        kept = fewer;
        found = smaller;
      } else {
        from += size;
      }
    }
  }
  return found;
}

function isRunnable(plan: Plan): boolean {
  return plan.lanes.length > 0;
}

function sizeOf(plan: Plan): number {
  const { orphans, away } = plan.disk ?? { orphans: [], away: [] };
  const ofDisk = orphans.length + away.length;
  return ofDisk + plan.operations.length + plan.lanes.reduce((sum, lane) => sum + 1 + lane.faults.length, 0);
}
