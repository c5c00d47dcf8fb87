/** Waiting for delivery: patient while the collector is away, within a bound, and never silent about it. */
import type { LaneStats, Tracer } from "everspan";

export interface DeliveryOptions {
  /** How long to keep trying, in milliseconds. */
  readonly waitMs: number;
  /** Told, about every five seconds, why it is not done yet. */
  readonly onWaiting: (reason: string) => void;
}

const REPORT_EVERY_MS = 5_000;

/**
 * Waits until everything recorded is delivered, the time is over, or waiting is of no use (a wrong address or token).
 * @returns whether everything was delivered
 */
export async function awaitDelivery(tracer: Tracer, options: DeliveryOptions): Promise<boolean> {
  const deadline = performance.now() + options.waitMs;
  for (;;) {
    const remainingMs = deadline - performance.now();
    await tracer.flush({ timeoutMs: Math.max(1, Math.min(REPORT_EVERY_MS, remainingMs)) });
    const lanes = Object.values(tracer.stats().lanes);
    const undelivered = lanes.filter((lane) => countPending(lane) > 0);
    if (undelivered.length === 0) return countLost(tracer) === 0;
    const reason = undelivered[0]?.lastError ?? "no answer yet";
    if (remainingMs <= REPORT_EVERY_MS || undelivered.every((lane) => lane.state === "paused")) return false;
    options.onWaiting(reason);
  }
}

/** Holds the caller back while more than half of what the queue may hold is waiting, so that a long replay is not shed. */
export async function awaitRoom(
  tracer: Tracer,
  queue: { maxRecords: number; maxBytes: number },
  options: DeliveryOptions,
) {
  const { records, bytes } = tracer.stats().queue;
  if (records < queue.maxRecords / 2 && bytes < queue.maxBytes / 2) return;
  await awaitDelivery(tracer, options);
}

/** Records that were given up or are still undelivered. */
export function countLost(tracer: Tracer): number {
  const lanes = Object.values(tracer.stats().lanes);
  return lanes.reduce((sum, lane) => sum + countDropped(lane) + countPending(lane), 0);
}

function countDropped(lane: LaneStats): number {
  return Object.values(lane.dropped).reduce((sum, count) => sum + count, 0);
}

function countPending(lane: LaneStats): number {
  return lane.pending.queued + lane.pending.spooled + lane.pending.inFlight;
}
