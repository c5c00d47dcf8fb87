import type { NumberedEntry } from "../format/entries.ts";
import type { LaneTable } from "../format/lane-table.ts";
import { countLanes } from "../format/lane-table.ts";
import type { SeqRange } from "../format/seq-set.ts";

/** A segment that this process wrote. */
export interface LiveSegment {
  readonly path: string;
  readonly ordinal: number;
  /** Names the file itself, to notice when it was deleted or replaced. */
  readonly identity: string;
  readonly firstSeq: number;
  /** The last record that was new in it; less than `firstSeq` while there is none. */
  lastSeq: number;
  /** Up to here its bytes are written or being written. */
  endAt: number;
  /** (Record, lane) pairs that are still to be settled. */
  unsettled: number;
  /** Nothing more is written to it. */
  isSealed: boolean;
}

/** The segments of one incarnation in the order of their numbers, and which of them may go. */
export class LiveSegments {
  readonly #lanes: LaneTable;
  /** Ascending and disjoint in `firstSeq`..`lastSeq`. */
  #segments: LiveSegment[] = [];
  /** Where unsettled records are that were carried over. */
  readonly #carried = new Map<number, LiveSegment>();
  /** To be deleted: given up, their records being written again elsewhere, or settled and not deletable before. */
  #abandoned: LiveSegment[] = [];
  /** Until everything is written elsewhere, their ends may be the only copy that survives the process. */
  readonly #givenUp = new Set<LiveSegment>();

  constructor(lanes: LaneTable) {
    this.#lanes = lanes;
  }

  get all(): readonly LiveSegment[] {
    return this.#segments;
  }

  /** True when no file is left that this incarnation made and has not deleted. */
  get isEmpty(): boolean {
    return this.#segments.length === 0 && this.#abandoned.length === 0;
  }

  get bytes(): number {
    return [...this.#segments, ...this.#abandoned].reduce((sum, segment) => sum + segment.endAt, 0);
  }

  add(segment: LiveSegment): void {
    this.#segments.push(segment);
  }

  /** Entries were laid into the segment. */
  extend(segment: LiveSegment, entries: readonly NumberedEntry[], bytes: number): void {
    segment.lastSeq = entries.at(-1)?.seq ?? segment.lastSeq;
    segment.endAt += bytes;
    for (const { seq } of entries) segment.unsettled += this.#unsettledLanes(seq);
  }

  /** The record was settled in one lane. */
  settleOne(seq: number): void {
    const segment = this.find(seq);
    if (segment !== undefined) segment.unsettled -= 1;
    if (this.#carried.has(seq) && this.#unsettledLanes(seq) === 0) this.#carried.delete(seq);
  }

  /** The segment that keeps the record. */
  find(seq: number): LiveSegment | undefined {
    const carriedTo = this.#carried.get(seq);
    if (carriedTo !== undefined) return carriedTo;
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.firstSeq <= seq) low = middle + 1;
      else high = middle;
    }
    const found = this.#segments[low - 1];
    return found !== undefined && seq <= found.lastSeq ? found : undefined;
  }

  /** The unsettled records that the segment keeps, in ascending order. */
  unsettledIn(segment: LiveSegment): number[] {
    const found: number[] = [];
    for (let seq = segment.firstSeq; seq <= segment.lastSeq; seq += 1) {
      if (!this.#carried.has(seq) && this.#unsettledLanes(seq) > 0) found.push(seq);
    }
    for (const [seq, carriedTo] of this.#carried) if (carriedTo === segment) found.push(seq);
    return found.sort((a, b) => a - b);
  }

  /** The record lies in `to` as well now, as safe as in `from`, which needs not keep it any more. */
  carry(seq: number, from: LiveSegment, to: LiveSegment): void {
    const lanes = this.#unsettledLanes(seq);
    if (lanes === 0 || this.find(seq) !== from || !this.#segments.includes(to)) return;
    from.unsettled -= lanes;
    to.unsettled += lanes;
    this.#carried.set(seq, to);
  }

  /** Seals a segment whose end can't be trusted: `entries`, its last ones, will be written elsewhere. */
  giveUpEnd(segment: LiveSegment, entries: readonly NumberedEntry[]): void {
    segment.isSealed = true;
    const moved = entries.filter(({ seq }) => seq >= segment.firstSeq && seq <= segment.lastSeq);
    if (moved.length > 0) this.#givenUp.add(segment);
    for (const { seq } of moved) segment.unsettled -= this.#unsettledLanes(seq);
    if (moved.length > 0) segment.lastSeq = moved[0]!.seq - 1;
    if (segment.lastSeq >= segment.firstSeq || segment.unsettled > 0) return;
    this.#segments = this.#segments.filter((other) => other !== segment);
    this.#abandoned.push(segment);
  }

  /** Deleting it failed: it is removable again. */
  keepForLater(segment: LiveSegment): void {
    this.#abandoned.push(segment);
  }

  /** Forgets all segments, whose files are gone, and answers which numbers they held. */
  forgetAll(): SeqRange[] {
    const held = this.#segments
      .filter(({ unsettled, firstSeq, lastSeq }) => unsettled > 0 && lastSeq >= firstSeq)
      .map(({ firstSeq, lastSeq }) => ({ first: firstSeq, last: lastSeq }));
    const carried = [...this.#carried.keys()].map((seq) => ({ first: seq, last: seq }));
    this.#segments = [];
    this.#givenUp.clear();
    this.#carried.clear();
    this.#abandoned = [];
    return [...held, ...carried];
  }

  /** Segments that nobody needs any more; they are forgotten here and for the caller to delete. */
  takeRemovable(isEverythingWritten: boolean): LiveSegment[] {
    if (isEverythingWritten) this.#givenUp.clear();
    const isFree = (segment: LiveSegment) => !this.#givenUp.has(segment);
    const settled = new Set(this.#segments.filter((segment) => isRemovable(segment) && isFree(segment)));
    const abandoned = this.#abandoned.filter(isFree);
    if (settled.size > 0) this.#segments = this.#segments.filter((segment) => !settled.has(segment));
    if (abandoned.length > 0) this.#abandoned = this.#abandoned.filter((segment) => !isFree(segment));
    return [...abandoned, ...settled];
  }

  #unsettledLanes(seq: number): number {
    return countLanes(this.#lanes.unsettled(seq, this.#lanes.all));
  }
}

function isRemovable({ isSealed, unsettled }: LiveSegment): boolean {
  return isSealed && unsettled === 0;
}
