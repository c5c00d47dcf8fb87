import type { Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { DropReason } from "../contract/ledger.ts";
import type { SpanSlot } from "../delivery/core/index.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";

/** Decides of whole traces when they are over. Made by `tailSampling` of `everspan/processors`; tracers may share one. */
export interface TailSampler {
  /**
   * @param host what it needs of a tracer
   * @param pass the way on, for what is kept
   * @internal
   */
  begin(host: TailHost, pass: PassOn): TailHold;
}

export interface TailHost {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Its account: what is held is pending in it. */
  readonly pipeline: { countHeld(records: number): void; countLost(reason: DropReason): void };
}

export type PassOn = (slot: SpanSlot<SpanRecord>, record: SpanRecord, nowMs: number) => void;

/** The traces of one tracer that are held. */
export interface TailHold {
  /** False: the record goes on immediately. On the application's path; never throws. */
  takes(slot: SpanSlot<SpanRecord>, record: SpanRecord, nowMs: number): boolean;
  /** Decides of all that is held, and holds nothing any more. */
  end(): void;
}
