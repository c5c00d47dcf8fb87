import type { SpanPhase } from "@everspan/protocol";

/** One bit for each lane of a set: `1 << laneIndex`. */
export type LaneMask = number;

/**
 * One record on its way, as the core sees it: opaque but for what decides. Lanes share it by reference; `holders`
 * counts the lanes that still need it.
 */
export interface CoreRecord {
  /** The span's id: what a back end names in its answer. */
  readonly id: string;
  readonly phase: SpanPhase;
  /** Estimated size as JSON, in bytes: what a batch counts. */
  readonly bytes: number;
  holders: number;
  /** The flush epoch in which it was offered. */
  epoch: number;
  offeredAtMs: number;
}

/**
 * What every lane knows of one span. A lane has a span in at most one of `queued` and `batched`, so two records of a
 * span are never in flight at the same time; what is offered meanwhile waits.
 */
export class SpanSlot<R extends CoreRecord = CoreRecord> {
  /** The newest record offered: what `queued` and `waiting` lanes will send. */
  latest: R | undefined = undefined;
  /** Lanes in whose queue the span stands. */
  queued: LaneMask = 0;
  /** Lanes that have an older record in a batch (in flight, or to be tried again). */
  batched: LaneMask = 0;
  /** Batched lanes for which a newer record waits. */
  waiting: LaneMask = 0;
  /** Lanes in which an attempt ended without an answer: it may have been applied. */
  ambiguous: LaneMask = 0;
}

/**
 * Memory that records hold, each byte counted once however many records or lanes share it. Injected: the core only
 * compares `bytes` with its bound.
 */
export interface CoreMemory<R extends CoreRecord> {
  readonly bytes: number;
  hold(record: R): void;
  release(record: R): void;
  /**
   * The same record with its payloads replaced by markers that say how large they were; undefined when there is
   * nothing to gain. The original stays as it is: another lane may be sending it.
   */
  shed(record: R): R | undefined;
}

/** How a record ended in a lane. */
export type EndedAs = "delivered" | "coalesced" | "dropped";

/**
 * The log on disk, where there is one: what is told of records, and asked about them. A record that lies there needs
 * no place in memory.
 */
export interface CoreDisk<R extends CoreRecord> {
  /** True when the record lies on disk, or is on its way there, for every lane that still needs it. */
  keeps(record: R): boolean;
  /** True while the bound on disk is reached. */
  readonly isFull: boolean;
  /** More is to come by `restore`: flushes and the shutdown wait for it too. When that ends, the core is woken. */
  readonly hasBacklog: boolean;
  /** A lane sends the record, and nobody knows whether it arrives; or no attempt of the lane can have delivered it. */
  doubted(laneIndex: number, record: R, isInDoubt: boolean): void;
  /** A lane is done with the record. `maybeDelivered`: an attempt without an answer may have delivered it. */
  settled(laneIndex: number, record: R, as: EndedAs, maybeDelivered: boolean): void;
  /** A lane gave the record's place in memory away. `isFinal`: at shutdown, where nothing reads it back. */
  spilled(laneIndex: number, record: R, isFinal: boolean): void;
}
