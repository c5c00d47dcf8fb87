/** Delivery as a pure state machine. Nothing in this folder knows a promise, a timer, a clock or a platform. */

export { type BackoffOptions, BUSY_BACKOFF, backoffMs, MAX_RETRY_AFTER_MS, PAUSED_BACKOFF } from "./backoff.ts";
export { Batch } from "./batch.ts";
export { type CoreConfig, type CoreEvent, DeliveryCore } from "./delivery-core.ts";
export type { Effect, WarningTopic } from "./effect.ts";
export { Lane } from "./lane.ts";
export { LaneAccount } from "./lane-account.ts";
export { type RandomSource, seededRandom } from "./random.ts";
export {
  type CoreDisk,
  type CoreMemory,
  type CoreRecord,
  type EndedAs,
  type LaneMask,
  SpanSlot,
} from "./record.ts";
