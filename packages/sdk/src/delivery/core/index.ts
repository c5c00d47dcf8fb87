/** Delivery as a pure state machine. Nothing in this folder knows a promise, a timer, a clock or a platform. */

export type { Batch } from "./batch.ts";
export { type CoreConfig, type CoreEvent, DeliveryCore } from "./delivery-core.ts";
export { DiskAccount } from "./disk-account.ts";
export type { Effect, WarningTopic } from "./effect.ts";
export { Lane } from "./lane.ts";
export {
  type CoreDisk,
  type CoreMemory,
  type CoreRecord,
  type EndedAs,
  type LaneMask,
  SpanSlot,
} from "./record.ts";
