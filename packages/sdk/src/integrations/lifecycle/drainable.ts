import type { FlushResult, TracerStats } from "../../contract/account.ts";

/** What the lifecycle needs of a tracer. */
export interface DrainableTracer {
  flush(options?: { readonly timeoutMs?: number }): Promise<FlushResult>;
  shutdown(options?: { readonly timeoutMs?: number }): Promise<FlushResult>;
  stats(): TracerStats;
}

/** Records that are neither delivered nor counted as lost. */
export function pendingRecords(tracer: DrainableTracer): number {
  let pending = 0;
  for (const lane of Object.values(tracer.stats().lanes)) {
    pending += lane.pending.queued + lane.pending.spooled + lane.pending.inFlight;
  }
  return pending;
}
