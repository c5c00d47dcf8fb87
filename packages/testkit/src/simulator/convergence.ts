import type { Plan } from "./plan.ts";

/** When everything must have been delivered, once all is well: generous, but bounded. */
export function convergedByMs(plan: Plan): number {
  const { operations } = plan;
  let latestMs = 0;
  for (const { config, faults, latencyMs } of plan.lanes) {
    const { batch, delivery } = config;
    const kinds = new Set(faults.map(({ kind }) => kind));
    const waitMs = kinds.has("busy") || kinds.has("outage") ? 60_000 : kinds.has("misconfigured") ? 30_000 : 5_000;
    const requests = (operations.length / batch.maxRecords) * 4 + operations.length;
    const throughputMs = requests * latencyMs * 1.5;
    const wellMs = waitMs + 2 * delivery.attemptTimeoutMs + batch.lingerMs + 10_000 + throughputMs;
    latestMs = Math.max(latestMs, wellMs + readBackMs(plan, batch.lingerMs + 4 * latencyMs));
  }
  const lastMs = operations.reduce((last, { atMs }) => Math.max(last, atMs), plan.healAtMs);
  const stalls = operations.filter((operation) => operation.kind === "stall");
  return lastMs + latestMs + stalls.reduce((sum, { forMs }) => sum + forMs, 0);
}

/** What lies on disk comes back in portions that the queue has room for. */
function readBackMs({ disk, operations, queue }: Plan, portionMs: number): number {
  if (disk === undefined) return 0;
  const portions = (operations.length + disk.orphans.length) / Math.max(1, Math.floor(queue.maxRecords / 4));
  return portions * (2 * disk.readMs + portionMs) + 2 * disk.appendMs;
}
