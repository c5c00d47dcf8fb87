import type { DropReason } from "./ledger.ts";

/**
 * `running`: what is due is sent. `backing-off`: the back end is busy or away, the next attempt waits. `paused`:
 * credentials or address are wrong, the lane keeps its records and probes. `closed`: after `shutdown()`, or disabled.
 */
export type LaneState = "running" | "backing-off" | "paused" | "closed";

/** The account of one exporter's lane. */
export interface LaneStats {
  readonly created: number;
  /** Adopted from the spools of processes that died. */
  readonly recovered: number;
  readonly delivered: number;
  /** STARTs that were not sent because their END was queued before they left. Nothing is lost by it. */
  readonly coalesced: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** `queued`: in memory, what tail sampling holds included. */
  readonly pending: { readonly queued: number; readonly spooled: number; readonly inFlight: number };
  /** Of those dropped or coalesced: how many an attempt without an answer may have delivered. */
  readonly maybeDelivered: number;
  /**
   * Lost by processes before this one on the same spool, which were killed before their `shutdown` could tell: in no sum
   * of this lane. Told again by each start until a process ends in order.
   */
  readonly inherited: { readonly dropped: number; readonly maybeDelivered: number };
  /** Payloads replaced by a marker to keep the record. */
  readonly shedPayloads: number;
  readonly requests: number;
  readonly retries: number;
  readonly splits: number;
  readonly state: LaneState;
  readonly lastError?: string;
}

/** What the SDK itself takes of the process, all tracers together but for the queue, which is this one's. */
export interface OverheadStats {
  /** Of the event loop's time, 0 to 1: in the window under way (at most some 5 seconds), or the one before it. */
  readonly loopShare: number;
  /** Of what the heap may grow to: what waits for delivery and what is remembered of captures, at most. */
  readonly heapShare: number;
  /** `full`: payloads are captured whole. `previews`: only how they begin. `structure`: no inputs and outputs. */
  readonly level: "full" | "previews" | "structure";
  /** The budget that was passed, while payloads are not captured whole. */
  readonly passed?: "loopShare" | "heapShare";
  /** Payloads that were cut to a preview, and that were left out, for a budget; each is marked in its span. */
  readonly degradedPayloads: { readonly previews: number; readonly structure: number };
}

/**
 * What became of every record, at this moment. In each lane
 * `created + recovered === delivered + coalesced + sum(dropped) + sum(pending)`.
 */
export interface TracerStats {
  readonly lanes: Readonly<Record<string, LaneStats>>;
  readonly queue: { readonly records: number; readonly bytes: number; readonly openSpans: number };
  readonly mode: "memory" | "spool";
  /** Payloads of which a part was cut when they were captured; the part is marked in them, with its size. */
  readonly truncatedPayloads: number;
  /** Spans that were given up because nobody ended them: too old, or too many. */
  readonly unended: number;
  /** Absent from the lean build: a clock that stands still while code runs measures nothing. */
  readonly overhead?: OverheadStats | undefined;
}

export interface FlushResult {
  /**
   * Every lane has nothing pending of what was accepted before the call, and lost nothing during it. What tail sampling
   * holds is not accepted yet; what a sampler leaves out is not lost.
   */
  readonly ok: boolean;
  readonly timedOut: boolean;
  readonly lanes: Readonly<Record<string, LaneStats>>;
}
