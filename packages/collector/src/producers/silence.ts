/** What a producer's silence says about its process. The one place that decides it. */
import type { ProducerState, ProducerSummary } from "@everspan/protocol";

/** Two heartbeats may be late or lost on the way before it counts. */
const STALLED_AFTER_INTERVALS = 3;
const LOST_AFTER_INTERVALS = 12;
/** Shorter intervals are taken for this: a network is no clock. */
const MIN_INTERVAL_MS = 1_000;
const DEFAULT_INTERVAL_MS = 10_000;

/** For a producer without a final report. Silence means something only where a heartbeat was due. */
export function stateBySilence(
  { openSpans, heartbeatMs }: Pick<ProducerSummary, "openSpans" | "heartbeatMs">,
  silentMs: number,
): ProducerState {
  const intervalMs = Math.max(heartbeatMs || DEFAULT_INTERVAL_MS, MIN_INTERVAL_MS);
  if (silentMs <= STALLED_AFTER_INTERVALS * intervalMs) return "running";
  if (openSpans === 0 || !heartbeatMs) return "idle";
  return silentMs <= LOST_AFTER_INTERVALS * intervalMs ? "stalled" : "lost";
}
