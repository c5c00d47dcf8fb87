import type { Batch } from "./batch.ts";
import type { CoreRecord } from "./record.ts";

/** What the core asks the shell to do. Values, run in order. */
export type Effect<R extends CoreRecord = CoreRecord> =
  /** Load what sends: then `equip` the core with it and take a step, or say that it is `unloaded`. */
  | { readonly kind: "load" }
  /** Start an attempt. Its outcome comes back as an `outcome` event, once. */
  | { readonly kind: "send"; readonly batch: Batch<R> }
  /** Stop an attempt. Its outcome no longer counts. */
  | { readonly kind: "abort"; readonly batch: Batch<R> }
  /** A flush is over: everything accepted before it is delivered or counted, or its time is up. */
  | { readonly kind: "flushed"; readonly flushId: number; readonly timedOut: boolean; readonly lossless: boolean }
  /** Every lane is closed; no effect follows. */
  | { readonly kind: "closed"; readonly timedOut: boolean; readonly lossless: boolean }
  /** Something that a person should know, without payload or secrets; limited by lane and kind of warning. */
  | {
      readonly kind: "warn";
      readonly laneIndex: number;
      readonly topic: WarningTopic;
      readonly detail: string;
      /** Warnings of this kind that were not said since the last one. */
      readonly heldBack: number;
    };

export type WarningTopic = "backing-off" | "paused" | "dropped" | "payloads-shed" | "unknown-rejection" | "recovered";
