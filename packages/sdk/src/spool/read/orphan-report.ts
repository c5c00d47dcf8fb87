import type { Doubt } from "../format/doubt.ts";
import type { LaneTable } from "../format/lane-table.ts";
import { countSeqs, type SeqRange, SeqSet } from "../format/seq-set.ts";

/** What a dead process's spool held, and what it should have held. */
export interface OrphanReport {
  readonly lanes: readonly LaneReport[];
  /** False when the ledger was lost or too full: numbers of loss are then what the gaps show, without the ledger's check. */
  readonly isExact: boolean;
  /** Distinct records on disk, settled ones included. */
  readonly records: number;
  /** Records found twice, because a sync had failed or they were being carried over. */
  readonly duplicates: number;
  /** Found, and without a blob that was lost. */
  readonly partialRecords: number;
  readonly damagedBytes: number;
  /** Behind the last intact frames: half-written at the crash. */
  readonly tornBytes: number;
  readonly unreadablePages: number;
  readonly damagedSegments: number;
  /** Files that are not the spool's or are of another version. Untouched. */
  readonly foreign: number;
}

export interface LaneReport {
  readonly lane: string;
  /** Found on disk and not settled: to be delivered. */
  readonly recovered: number;
  /** Was on disk, by the gaps in the numbers, and can't be read. */
  readonly corrupt: number;
  /** Was accepted and never reached the disk. */
  readonly crash: number;
  /** Of both: how many an attempt without an answer may have delivered. */
  readonly maybeDelivered: number;
  /** The numbers behind `corrupt` and `crash`. */
  readonly lost: readonly SeqRange[];
}

export interface ReportInput {
  readonly firstSeq: number;
  /** The highest number given to a record, when the ledger survived. */
  readonly captured: number | undefined;
  readonly seen: SeqSet;
  readonly lanes: LaneTable;
  /** By the ledger at the process's death: created and neither delivered, coalesced nor dropped. */
  readonly pendingOf: (lane: string) => number;
  readonly recoveredOf: (lane: string) => number;
  /** What may have been delivered, by the ledger at its death. */
  readonly doubtOf: (lane: string) => Doubt;
}

/**
 * Per lane: pending by the account = recovered + corrupt + crash. A lost record's own lanes are not known any more, so
 * where the account says that fewer are missing than the gaps show, the account is right.
 */
export function reportLanes(input: ReportInput): LaneReport[] {
  return input.lanes.names.map((lane) => reportLane(lane, input));
}

function reportLane(
  lane: string,
  { firstSeq, captured, seen, lanes, pendingOf, recoveredOf, doubtOf }: ReportInput,
): LaneReport {
  const settled = lanes.settledIn(lane)!;
  const lastSeen = seen.ranges.at(-1)?.last ?? firstSeq - 1;
  const present = SeqSet.of([...seen.ranges, ...settled.ranges]);
  const gaps = present.missing(firstSeq, lastSeen);
  const beyond = present.missing(lastSeen + 1, captured ?? lastSeen);
  const recovered = recoveredOf(lane);
  const inGaps = countSeqs(gaps);
  const isLedgerStale = captured === undefined || captured < lastSeen;
  // What was accepted and had no number yet is in the account alone.
  const missing = Math.max(isLedgerStale ? inGaps : 0, pendingOf(lane) - recovered);
  const corrupt = Math.min(inGaps, missing);
  const lost = [...gaps, ...beyond];
  const { seqs, unnumbered } = doubtOf(lane);
  const inDoubt = lost.reduce(
    (sum, range) => sum + countSeqs([range]) - countSeqs(seqs.missing(range.first, range.last)),
    0,
  );
  const maybeDelivered = Math.min(missing, inDoubt + unnumbered);
  return { lane, recovered, corrupt, crash: missing - corrupt, maybeDelivered, lost };
}
