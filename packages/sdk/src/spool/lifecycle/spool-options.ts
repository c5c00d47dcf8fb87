import { EverspanError } from "@everspan/protocol";
import type { Clock } from "../../contract/clock.ts";
import { MAX_LANES } from "../../contract/lane-options.ts";
import type { SpoolFs } from "../disk/spool-fs.ts";
import type { Doubt } from "../format/doubt.ts";
import type { LaneCounts } from "../format/ledger-file.ts";
import type { SeqRange } from "../format/seq-set.ts";
import type { Watermarks } from "../format/watermarks.ts";
import type { ProcessTable } from "./lock.ts";

export interface LaneDoubt extends Doubt {
  /** Of what was dropped or coalesced in this lane. */
  readonly maybeDelivered: number;
}

export interface SpoolOptions {
  /** Made with its parents when it is not there. Several processes may share it. */
  readonly directory: string;
  /** The lanes that settle records, by name; at most 30. */
  readonly lanes: readonly string[];
  /** Bound of everything this process keeps on disk, adopted orphans included. Default 1 GiB. */
  readonly maxBytes?: number;
  /** `process`: a written record survives the process. `power`: synced as well, it survives a power cut. Default `process`. */
  readonly durability?: "process" | "power";
  /** How long a record waits for company before it is written, in milliseconds. Default 20. */
  readonly groupCommitMs?: number;
  /** Waiting bytes that are written immediately. Default 256 KiB. */
  readonly groupCommitBytes?: number;
  /** Size at which a new segment is begun, in bytes. Default 8 MiB. */
  readonly segmentBytes?: number;
  /**
   * The blobs of a record that takes more come ahead of it, about so many bytes in one turn of the event loop. Default
   * 256 KiB.
   */
  readonly aheadBytes?: number;
  /** How long one call of the file system may take before the disk counts as hung. Default 5 000. */
  readonly hangMs?: number;
  /**
   * How long a write of the ledger may take before the disk counts as slow, in milliseconds: after three such the ledger
   * is written with each group only. Default 5.
   */
  readonly slowLedgerMs?: number;
  /**
   * Whether a record that has long waited may be written again behind newer ones, so that its old segment can go.
   * Default: any may.
   */
  readonly mayCarry?: (seq: number) => boolean;
  /** The lanes' counts, for the ledger. Default: the spool's own, of `append` and `settle`. */
  readonly countsOf?: (lane: string) => LaneCounts;
  /** What of a lane an attempt without an answer may have delivered, for the ledger. Default: nothing. */
  readonly doubtOf?: (lane: string) => LaneDoubt;
  /** Called once for each change. */
  readonly onStateChange?: (change: SpoolStateChange) => void;
  /** Called whenever a watermark has moved. */
  readonly onWatermark?: (watermarks: Watermarks) => void;
  readonly fs?: SpoolFs;
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
}

/** `opening` takes records as `disk` does; in `memory` nothing is taken and the disk is tried every 30 seconds. */
export type SpoolState = "opening" | "disk" | "memory" | "closed";

export interface SpoolStateChange {
  readonly state: "disk" | "memory";
  /** Why: `ENOSPC`, `EIO`, `EACCES`, `HUNG`, `VANISHED`, …; absent when the disk came back. */
  readonly code?: string;
  readonly message: string;
  /** Records that were on disk, unsettled, and are there no more because the files vanished. */
  readonly lost: readonly SeqRange[];
}

const DEFAULTS = {
  maxBytes: 1 << 30,
  groupCommitMs: 20,
  groupCommitBytes: 256 * 1024,
  aheadBytes: 256 * 1024,
  hangMs: 5_000,
  slowLedgerMs: 5,
};

export type CompleteSpoolOptions = SpoolOptions & typeof DEFAULTS;

/** Throws `EVERSPAN_INVALID_OPTION`. */
export function completeOptions(options: SpoolOptions): CompleteSpoolOptions {
  const { directory, lanes } = options;
  if (typeof directory !== "string" || directory === "") {
    throw new EverspanError("EVERSPAN_INVALID_OPTION", "spool.directory must be a path");
  }
  if (lanes.length > MAX_LANES || new Set(lanes).size !== lanes.length) {
    throw new EverspanError("EVERSPAN_INVALID_OPTION", `a spool serves at most ${MAX_LANES} lanes of different names`);
  }
  return { ...DEFAULTS, ...options };
}

/** Tells a listener. One that throws harms nobody. */
export function tell(listener: () => void): void {
  try {
    listener();
  } catch {
    // The listener's own affair.
  }
}
