import type { LaneStats, TracerStats } from "../contract/account.ts";

/** @throws Error when a lane's account does not add up. It always does: a failure is a defect of Everspan. */
export function assertBalanced(stats: TracerStats): void {
  for (const [name, lane] of Object.entries(stats.lanes)) {
    const accounted = lane.delivered + lane.coalesced + lostRecords(lane) + pendingOf(lane);
    if (lane.created + lane.recovered !== accounted) {
      throw new Error(
        `lane ${name}: ${lane.created} created + ${lane.recovered} recovered, but ${accounted} accounted for: ${JSON.stringify(lane)}`,
      );
    }
  }
}

/** @throws Error that names the lane and the reasons when a record was dropped */
export function assertNothingLost(stats: TracerStats): void {
  assertBalanced(stats);
  for (const [name, lane] of Object.entries(stats.lanes)) {
    if (lostRecords(lane) === 0) continue;
    const reasons = Object.entries(lane.dropped).filter(([, count]) => count > 0);
    throw new Error(`lane ${name} lost records: ${reasons.map(([reason, count]) => `${count} ${reason}`).join(", ")}`);
  }
}

function lostRecords(lane: LaneStats): number {
  return Object.values(lane.dropped).reduce((sum, count) => sum + count, 0);
}

function pendingOf(lane: LaneStats): number {
  return lane.pending.queued + lane.pending.spooled + lane.pending.inFlight;
}
