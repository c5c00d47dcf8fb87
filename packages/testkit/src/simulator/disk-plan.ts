import { Draws } from "./draws.ts";
import type { DiskPlan, Offer, Operation, Plan, Window } from "./plan.ts";

/** Part of the seeds that have a disk. */
const DISK_SHARE = 0.3;
/** Serial numbers of what an earlier process left, apart from those of this one. */
const ORPHAN_SERIALS = 1_000_000;

/** The size of a blob that several records share. */
export function blobBytes(blob: number): number {
  return 3_000 + blob * 500;
}

/** From a source of its own: seeds without a disk draw what they always drew. */
export function drawDisk(seed: number, healAtMs: number): DiskPlan | undefined {
  const draws = new Draws(seed, 5);
  if (!draws.chance(DISK_SHARE)) return undefined;
  const away: Window[] = [];
  for (let n = draws.pick([0, 0, 1, 2]); n > 0; n--) {
    const fromMs = draws.between(0, healAtMs);
    away.push({ fromMs, toMs: draws.between(fromMs, healAtMs) });
  }
  const orphans = drawOrphans(draws, draws.pick([0, 0, 0, 5, 40]));
  const vanishesAtMs = draws.chance(0.15) ? draws.between(0, healAtMs) : undefined;
  return {
    appendMs: draws.pick([1, 10, 10, 300]),
    readMs: draws.pick([1, 20, 400]),
    maxBytes: draws.pick([8_000, 40_000, 1_000_000_000, 1_000_000_000]),
    away,
    orphans,
    ...(vanishesAtMs === undefined ? {} : { vanishesAtMs }),
  };
}

/** A disk matters where the queue is small, and where a flush or a shutdown finds something on it. */
export function drawAroundDisk(plan: Plan): Pick<Plan, "queue" | "operations"> {
  const draws = new Draws(plan.seed, 6);
  const maxRecords = draws.pick([4, 8, 15, 30, plan.queue.maxRecords]);
  const ending: Operation[] = [];
  const atMs = draws.between(0, plan.healAtMs);
  if (draws.chance(0.6)) ending.push({ kind: "flush", atMs, timeoutMs: 300_000 });
  if (draws.chance(0.4)) {
    ending.push({ kind: "shutdown", atMs: atMs + draws.between(0, 2_000), timeoutMs: draws.pick([0, 200, 5_000]) });
  }
  const operations = [...plan.operations, ...ending].sort((a, b) => a.atMs - b.atMs);
  return { queue: { ...plan.queue, maxRecords }, operations };
}

function drawOrphans(draws: Draws, count: number): Offer[] {
  return Array.from({ length: count }, (_, nth) => {
    const blob = draws.whole(0, 9);
    return {
      kind: "offer",
      atMs: 0,
      serial: ORPHAN_SERIALS + nth,
      span: `orphan.${nth}`,
      phase: "ended",
      revision: 1,
      ownBytes: draws.pick([100, 300, 1_500]),
      blob,
      blobBytes: draws.chance(0.5) ? 0 : blobBytes(blob),
      isBad: draws.chance(0.05),
      isRecovered: true,
    };
  });
}
