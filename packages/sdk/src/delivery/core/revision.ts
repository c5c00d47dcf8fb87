import type { SpanPhase } from "@everspan/protocol";

/**
 * One snapshot on its way, as the core sees it: opaque but for what decides. Lanes share it by reference;
 * `holders` counts the lanes that still need it.
 */
export interface Revision {
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
 * What every lane knows of one span. Bit `1 << lane` in each mask. A lane has a span in at most one of `queued`
 * and `batched`, so two revisions of a span are never under way at once; what is offered meanwhile waits.
 */
export class SpanEntry<R extends Revision = Revision> {
  /** The newest revision offered: what `queued` and `waiting` lanes will send. */
  latest: R | undefined = undefined;
  /** Lanes in whose queue the span stands. */
  queued = 0;
  /** Lanes that have an older revision in a batch (under way, or to be tried again). */
  batched = 0;
  /** Batched lanes for which a newer revision waits. */
  waiting = 0;
  /** Lanes in which an attempt ended without an answer: it may have been applied. */
  ambiguous = 0;
}

/**
 * Memory that revisions hold, each byte counted once however many revisions or lanes share it.
 * Injected: the core only compares `bytes` with its bound.
 */
export interface RevisionMemory<R extends Revision> {
  readonly bytes: number;
  hold(revision: R): void;
  release(revision: R): void;
  /**
   * The same record with its payloads replaced by markers that say how large they were; undefined when there is
   * nothing to gain. The original stays as it is: another lane may be sending it.
   */
  lighten(revision: R): R | undefined;
}

/** How a record ended in a lane. */
export type EndedAs = "delivered" | "coalesced" | "dropped";

/**
 * The log on disk, where there is one: what is told of revisions, and asked about them. A revision that lies there
 * needs no place in memory.
 */
export interface RevisionDisk<R extends Revision> {
  /** True when the revision lies on disk, or is on its way there, for everybody who still needs it. */
  keeps(revision: R): boolean;
  /** True while the bound on disk is reached. */
  readonly isFull: boolean;
  /** A lane is done with the revision. */
  settled(lane: number, revision: R, as: EndedAs): void;
  /** A lane gave the revision's place in memory away. `isFinal`: at shutdown, where nobody will read it back. */
  spilled(lane: number, revision: R, isFinal: boolean): void;
}
