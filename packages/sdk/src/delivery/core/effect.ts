import type { Batch } from "./batch.ts";
import type { Revision } from "./revision.ts";

/** What the core asks the shell to do. Values, run in order. */
export type Effect<R extends Revision = Revision> =
  /** Start an attempt. Its outcome comes back as an `outcome` event, once. */
  | { readonly kind: "send"; readonly batch: Batch<R> }
  /** Give an attempt up. Its outcome no longer counts. */
  | { readonly kind: "abort"; readonly batch: Batch<R> }
  /** A flush is over: everything accepted before it is delivered or counted, or its time is up. */
  | { readonly kind: "flushed"; readonly flushId: number; readonly timedOut: boolean; readonly lossless: boolean }
  /** Every lane is closed; no effect follows. */
  | { readonly kind: "closed"; readonly timedOut: boolean; readonly lossless: boolean }
  /** Something that a person should know, without payload or secrets. */
  | { readonly kind: "warn"; readonly lane: number; readonly topic: WarningTopic; readonly detail: string };

export type WarningTopic = "backing-off" | "paused" | "dropped" | "payloads-shed" | "unknown-rejection" | "recovered";
